import { KEPT_BEYOND_MS } from '#core/batch/timeliness.ts';
import { decodeGroups } from '#core/block-codec.ts';
import type { GroupKey, WindowStart } from '#core/brand.ts';
import type { Compression } from '#core/compression.ts';
import type { GroupTable } from '#core/group-table.ts';
import type { MetricValue } from '#core/metrics/metric-kind.ts';
import type { Aggregate, Level } from '#core/pipeline/pipeline.ts';
import type { FinalKey } from '#core/protocol/final.ts';
import { mergeGroups } from '#core/protocol/merge-groups.ts';
import { isSessionBound } from '#core/sessions/session-bounds.ts';
import type { ClosedWindow } from '../ports/announcements.ts';
import type { Table } from '../ports/table.ts';
import type { ClosingWindow } from './closing-windows.ts';
import type { CloseDeps } from './deps.ts';

/** Writes under way at a time. */
const WRITES_AT_A_TIME = 16;

export interface WrittenFinals {
  readonly closed: readonly ClosedWindow[];
  /** How many were written now; the others had been before. */
  readonly written: number;
}

interface Outcome {
  readonly isNew: boolean;
  readonly window: ClosedWindow | undefined;
}

/**
 * Writes the finals of these windows at one of their aggregate's levels, unless they are there. Each window is merged
 * when its turn comes and some writes are awaited together, so that memory holds the parts of one window and the
 * results of a few.
 */
export async function writeFinals(
  deps: CloseDeps,
  windows: Iterable<ClosingWindow> | AsyncIterable<ClosingWindow>,
  levelOf: (aggregate: Aggregate) => Level,
): Promise<WrittenFinals> {
  const outcomes: Outcome[] = [];
  let underWay: Promise<Outcome>[] = [];
  const finish = async () => {
    // Whatever becomes of one of them, none is on its way any more when this is over.
    const settled = await Promise.allSettled(underWay);
    underWay = [];
    for (const result of settled) {
      if (result.status === 'rejected') throw result.reason;
      outcomes.push(result.value);
    }
  };
  try {
    for await (const window of windows) {
      underWay.push(writeFinal(deps, window, levelOf(window.aggregate)));
      if (underWay.length >= WRITES_AT_A_TIME) await finish();
    }
  } finally {
    await finish();
  }
  return {
    closed: outcomes.flatMap(({ window }) => window ?? []),
    written: outcomes.filter(({ isNew }) => isNew).length,
  };
}

async function writeFinal(
  { table, compression }: CloseDeps,
  { aggregate, windowStart, windowEnd, parts }: ClosingWindow,
  level: Level,
): Promise<Outcome> {
  const { name, generation, groupsMax } = aggregate;
  const { sizeMs } = level;
  const merged = mergeGroups(parts, groupsMax, compression);
  const key = { aggregate: name, generation, levelMs: sizeMs, windowStart };
  const isNew =
    (await table.writeFinal({ key, bytes: merged.bytes }, keptMs(aggregate, level))) === 'written';
  const final = isNew ? merged.table : await storedFinal(table, aggregate, key, compression);
  const window = final && {
    aggregate: name,
    levelMs: sizeMs,
    windowStart,
    windowEnd,
    groups: final.size,
    totals: totalsOf(final, sizeMs),
  };
  return { isNew, window };
}

/**
 * The final that another run has written. What this run has read may be less: a run that is so slow that the window
 * was made final, and its blocks have gone, before it read them. `undefined` where the final has gone too.
 */
async function storedFinal(
  table: Table,
  aggregate: Aggregate,
  { levelMs, windowStart }: FinalKey,
  compression: Compression,
): Promise<GroupTable | undefined> {
  const range = { from: windowStart, to: (windowStart + 1) as WindowStart };
  for await (const { bytes } of table.readFinals(aggregate, levelMs, range))
    return decodeGroups(bytes, compression);
  return undefined;
}

/** How long a final is kept: for its own sake, and until the next roll-up is made of it. `null`: for good. */
function keptMs({ levels }: Aggregate, { sizeMs, retentionMs }: Level): number | null {
  if (retentionMs === null) return null;
  const rollUp = levels.find((level) => level.sizeMs > sizeMs);
  return KEPT_BEYOND_MS + retentionMs + (rollUp?.sizeMs ?? 0);
}

/** The metrics over all groups together. */
function totalsOf(table: GroupTable, windowMs: number): ClosedWindow['totals'] {
  const total = table.emptyLike();
  const all = '' as GroupKey;
  total.mergeFrom(table, () => all);
  const values = total.values(total.row(all), windowMs);
  const named = table.layout.map(({ name }, i): [string, MetricValue] => [name, values[i] ?? null]);
  return Object.fromEntries(named.filter(([name]) => !isSessionBound(name)));
}
