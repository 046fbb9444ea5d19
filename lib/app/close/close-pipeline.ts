import type { EpochMs } from '#core/brand.ts';
import { isRepaired, repairedLedger } from '#core/degradation/repair-progress.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { unknownAmong, withDefinitions } from '#core/protocol/definitions.ts';
import { EMPTY_HEAD } from '#core/protocol/head.ts';
import { addLedgers } from '#core/protocol/ledger.ts';
import { isSameShard } from '#core/protocol/registry.ts';
import { earliest, latest } from '#core/time/watermarks.ts';
import type { ClosedWindow } from '../ports/announcements.ts';
import { readRepairs, type ShardHead } from '../query/read-heads.ts';
import type { CloseReport } from './close-report.ts';
import { CloseConflict, CloseRun } from './close-run.ts';
import { type ClosingWindow, closingWindows } from './closing-windows.ts';
import type { CloseDeps } from './deps.ts';
import { freshnessOf, putCanaries } from './freshness.ts';
import { isLive, raiseIdleShards } from './raise-idle.ts';
import { retireEndedShards } from './retire-ended.ts';
import { rolledUpWindows } from './roll-up.ts';
import { writeFinals } from './write-finals.ts';

/** Windows that are made final before `finalThrough` is moved on: what a run that is interrupted does again. */
const WINDOWS_A_STEP = 500;

/**
 * Closes the windows that all shards have left behind: their values become finals, at every level, are announced,
 * and never change again. In this order, each write being conditional, so that it can stop anywhere, run twice, or
 * run beside another: `closedThrough`, so that shards that join later can't add to those windows; the finals, each
 * only if absent; the roll-ups, from finals only; the announcements; `finalThrough`.
 *
 * `deadline` is when the function would be stopped, in epoch milliseconds.
 */
export async function closePipeline(deps: CloseDeps, deadline: number): Promise<CloseReport> {
  const tally = { finals: 0, idle: 0, gone: 0 };
  let run: CloseRun | undefined;
  let freshnessMs: number | null = null;
  let unfinished: CloseReport['unfinished'];
  try {
    run = await CloseRun.begin(deps);
    freshnessMs = freshnessOf(run, deps.now());
    tally.idle = await raiseIdleShards(deps, run);
    await retireEndedShards(deps, run);
    await adoptDefinitions(deps, run, tally);
    await advanceClosedThrough(run);
    const isDone = await makeFinal(deps, run, tally, () => deps.now() >= deadline);
    if (isDone) tally.gone = await prune(deps, run);
    else unfinished = 'deadline';
  } catch (error) {
    if (!(error instanceof CloseConflict)) throw error;
    unfinished = 'conflict';
  }
  // Last: what was put would not let a shard be idle.
  if (run !== undefined && deps.canaries !== undefined) await putCanaries(deps.canaries, run);
  const { closedThrough = null, finalThrough = null } = run?.registry ?? {};
  const live = run !== undefined && isLive(run);
  return { ...tally, closedThrough, finalThrough, live, freshnessMs, unfinished };
}

/**
 * Makes known the definitions that are new. What the function `aggregate` counts by a new definition before `close` has
 * it may be of windows that another definition's `close` has made final meanwhile: these get their finals first.
 */
async function adoptDefinitions(deps: CloseDeps, run: CloseRun, tally: { finals: number }): Promise<void> {
  const { definitions, finalThrough } = run.registry;
  const added = unknownAmong(deps.pipeline.aggregates, definitions);
  if (added.length === 0) return;
  // Where none is known, it is the first time that they are written down, and nothing was missed.
  if (definitions.length > 0 && finalThrough !== null) {
    const missed = eachOf(
      closingWindows(deps.table, added, [...run.heads, ...emptyHeads(run)], null, finalThrough),
    );
    await writeLevels(deps, { aggregates: added, windows: missed, from: null, through: finalThrough }, tally);
  }
  await run.changeRegistry({ definitions: withDefinitions(definitions, added) });
}

/**
 * The heads of the shards that have left the registry while the stream still lists them: whoever let them go saw to it
 * that nothing is pending, and that all was final, by the definitions that it knew.
 */
function emptyHeads({ registry }: CloseRun): ShardHead[] {
  return registry.gone.map((shard) => ({ shard, head: EMPTY_HEAD }));
}

/** The pipeline's watermark: the least of its shards', of which ended ones count only where there are no others. */
async function advanceClosedThrough(run: CloseRun): Promise<void> {
  const live = run.heads.filter(({ head }) => !head.ended);
  const watermark =
    live.length > 0
      ? earliest(live.map(({ head }) => head.watermark))
      : latest(run.heads.map(({ head }) => head.watermark));
  const { closedThrough } = run.registry;
  if (watermark === null || (closedThrough !== null && watermark <= closedThrough)) return;
  await run.changeRegistry({ closedThrough: watermark });
}

/** Makes final what is closed, step by step. Returns false where the time was up before the end. */
async function makeFinal(
  deps: CloseDeps,
  run: CloseRun,
  tally: { finals: number },
  isTimeUp: () => boolean,
): Promise<boolean> {
  const { closedThrough, finalThrough } = run.registry;
  if (closedThrough === null || (finalThrough !== null && finalThrough >= closedThrough)) return true;
  const aggregates = run.aggregates;
  let step: ClosingWindow[] = [];
  // A step ends between windows of different ends: then all that end by there are in it.
  for await (const windows of closingWindows(
    deps.table,
    aggregates,
    run.heads,
    finalThrough,
    closedThrough,
  )) {
    step.push(...windows);
    if (step.length < (deps.windowsAStep ?? WINDOWS_A_STEP)) continue;
    await finishStep(deps, run, step, windows[0]?.windowEnd ?? closedThrough, tally);
    step = [];
    if (isTimeUp()) return false;
  }
  await finishStep(deps, run, step, closedThrough, tally);
  return true;
}

/** All windows that end by `through` and are not final yet, of which those of the base level are given. */
async function finishStep(
  deps: CloseDeps,
  run: CloseRun,
  windows: readonly ClosingWindow[],
  through: EpochMs,
  tally: { finals: number },
): Promise<void> {
  const { aggregates, registry } = run;
  await writeLevels(deps, { aggregates, windows, from: registry.finalThrough, through }, tally);
  await run.changeRegistry({ finalThrough: through });
}

/** Windows of the base level that end after `from` and no later than `through`, and of which aggregates. */
interface Step {
  readonly aggregates: readonly Aggregate[];
  readonly windows: Iterable<ClosingWindow> | AsyncIterable<ClosingWindow>;
  readonly from: EpochMs | null;
  readonly through: EpochMs;
}

/** Writes their finals, then those of the levels that are made of them, and announces all. */
async function writeLevels(
  deps: CloseDeps,
  { aggregates, from, through, windows }: Step,
  tally: { finals: number },
): Promise<void> {
  const closed: ClosedWindow[] = [];
  const write = async (some: Iterable<ClosingWindow> | AsyncIterable<ClosingWindow>, level: number) => {
    const finals = await writeFinals(deps, some, ({ levels }) => levels[level] as (typeof levels)[number]);
    closed.push(...finals.closed);
    tally.finals += finals.written;
  };
  await write(windows, 0);
  for (const aggregate of aggregates) {
    for (const [i, level] of aggregate.levels.entries()) {
      const parts = aggregate.levels[i - 1];
      if (parts === undefined) continue;
      await write(rolledUpWindows(deps.table, aggregate, parts, level, from, through), i);
    }
  }
  if (closed.length > 0) await deps.announcements.announce(closed);
}

async function* eachOf<Item>(groups: AsyncIterable<readonly Item[]>): AsyncGenerator<Item> {
  for await (const group of groups) yield* group;
}

/** Ended shards leave the registry once all that they have is final, and all that they left out is repaired. */
async function prune({ table }: CloseDeps, run: CloseRun): Promise<number> {
  const { registry, heads, listed } = run;
  const { finalThrough } = registry;
  const over = heads.filter(
    ({ head: { ended, pending, lastEnd } }) =>
      ended &&
      pending.length === 0 &&
      (lastEnd === null || (finalThrough !== null && lastEnd <= finalThrough)),
  );
  const repairs = await readRepairs(table, over);
  const ledgers = over.flatMap(({ head, shard }) => {
    const repair = repairs.find(({ of }) => isSameShard(of, shard))?.head ?? EMPTY_HEAD;
    // What it has pending is in no block yet, and its head is read for as long as the shard is named.
    if (!isRepaired(head, repair) || repair.pending.length > 0) return [];
    return [{ shard, ledger: repairedLedger(head.ledger, repair.ledger) }];
  });
  if (ledgers.length === 0) return 0;
  const isDone = (shard: (typeof registry.shards)[number]) =>
    ledgers.some((known) => isSameShard(known.shard, shard));
  const stillListed = ledgers.filter(({ shard }) => listed.some(({ key }) => isSameShard(key, shard)));
  await run.changeRegistry({
    shards: registry.shards.filter((shard) => !isDone(shard)),
    gone: [...registry.gone, ...stillListed.map(({ shard }) => shard)],
    goneLedger: ledgers.reduce((sum, { ledger }) => addLedgers(sum, ledger), registry.goneLedger),
  });
  return ledgers.length;
}
