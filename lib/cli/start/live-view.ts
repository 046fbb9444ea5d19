import { createColors } from 'picocolors';
import { nodeCompression } from '#adapters/node-compression.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import { type PipelineLedger, readLedger } from '#app/query/read-ledger.ts';
import type { WindowStart } from '#core/brand.ts';
import type { Aggregate, Pipeline } from '#core/pipeline/pipeline.ts';
import type { LocalRun } from '../run/local-run.ts';
import { ledgerText } from '../show/ledger-text.ts';
import { instant, seconds, whole } from '../show/numbers.ts';
import { aggregateTable } from '../show/rows-table.ts';
import type { Terminal } from '../terminal.ts';
import { loadText, type PanelState, panelLines } from './panel.ts';
import { Rate } from './rate.ts';
import type { Replay } from './replay.ts';

const REDRAW_INTERVAL_MS = 500;
const PLAIN_INTERVAL_MS = 5000;
/** Lines of the view that are not rows of its table, and one for the prompt. */
const FRAME_LINES = 12;
const NEWEST_WINDOWS = 3;
/** Lines are cut to the terminal's width, which colours would be in the way of. */
const PLAIN = { colors: createColors(false) };

/**
 * Shows how a running pipeline does, on stderr: in place in a terminal, else as a line now and then. It ends with the
 * signal, or when the returned function is called, and leaves what it showed last.
 */
export function showLiveView(
  run: LocalRun,
  pipeline: Pipeline,
  replay: Replay | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): () => Promise<void> {
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);
  const looping = loop(run, pipeline, replay, terminal, ended);
  looping.catch(() => {}); // told by the function below
  return async () => {
    ending.abort();
    await looping;
    terminal.endShow(true);
  };
}

async function loop(
  run: LocalRun,
  pipeline: Pipeline,
  replay: Replay | undefined,
  terminal: Terminal,
  ended: AbortSignal,
): Promise<void> {
  const rate = new Rate();
  while (!ended.aborted) {
    const { finalThrough, shards, total } = await readLedger(run.table);
    const levels = shards.map(({ head }) => head.load.level);
    const state: PanelState = {
      fileName: replay?.fileName,
      replayed: replay?.share() ?? 1,
      fed: run.fed,
      eventsPerSecond: rate.at(performance.now(), total.aggregated),
      lagMs: run.usage().iteratorAgeMs,
      load:
        pipeline.capacity === null
          ? undefined
          : {
              level: levels.reduce((highest, level) => (level > highest ? level : highest), 0),
              shardsWithHoles: shards.filter(({ hasHoles }) => hasHoles).length,
            },
      ledger: total,
      finalThrough,
    };
    if (terminal.live) {
      const table = await newestTable(run, pipeline, shards, Math.max(3, terminal.liveRows - FRAME_LINES));
      if (!ended.aborted) terminal.show(panelLines(state, terminal.liveColumns, table));
    } else {
      terminal.note(plainLine(state));
    }
    await pause(terminal.live ? REDRAW_INTERVAL_MS : PLAIN_INTERVAL_MS, ended);
  }
}

function plainLine({ fed, finalThrough, ledger, eventsPerSecond, lagMs, load }: PanelState): string {
  const level = load === undefined ? '' : `; level ${loadText(load)}`;
  const final = finalThrough === null ? '' : `; final up to ${instant(finalThrough)}`;
  return `${whole(fed)} events replayed; ${ledgerText(ledger)}; ${whole(eventsPerSecond)} events/s, lag ${seconds(lagMs)}${level}${final}`;
}

/** The newest windows of the first aggregate, each window's largest groups first. */
async function newestTable(
  run: LocalRun,
  pipeline: Pipeline,
  shards: PipelineLedger['shards'],
  rowsMax: number,
): Promise<string> {
  const [aggregate] = pipeline.aggregates;
  const watermark = Math.max(...shards.map(({ head }) => head.watermark ?? Number.NEGATIVE_INFINITY));
  if (aggregate === undefined || !Number.isFinite(watermark)) return 'no event yet';
  const from = firstOfNewest(aggregate, watermark + pipeline.allowedLatenessMs);
  const answer = await answerAggregate({ table: run.table, compression: nodeCompression }, aggregate, {
    from,
  });
  const rows = [...answer.rows];
  const size = (metrics: (typeof rows)[number]['metrics']) => {
    const value = metrics[aggregate.metrics[0]?.name ?? ''];
    return typeof value === 'number' ? value : 0;
  };
  rows.sort((a, b) => b.windowStart - a.windowStart || size(b.metrics) - size(a.metrics));
  const limits = { rowsMax, howToSeeAll: '' };
  const table = aggregateTable(aggregate, rows.slice(0, rowsMax), PLAIN, limits, { windows: answer.windows });
  return table.replace(/^.*\n/, `newest windows of ${aggregate.name}\n`);
}

function firstOfNewest({ window }: Aggregate, newestMs: number): WindowStart {
  return ((Math.floor(newestMs / window.sizeMs) - NEWEST_WINDOWS + 1) * window.sizeMs) as WindowStart;
}

function pause(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      ended.removeEventListener('abort', go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    ended.addEventListener('abort', go);
    if (ended.aborted) go();
  });
}
