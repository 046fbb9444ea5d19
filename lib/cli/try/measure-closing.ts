import { setTimeout as sleep } from 'node:timers/promises';
import type { CloseReport } from '#app/close/close-report.ts';
import type { LocalRun } from '../run/local-run.ts';

/** What the last run of closing did, in which all that was left was closed, and what it cost. */
export interface ClosingCost {
  /** Finals of all runs, at all levels. */
  readonly finals: number;
  /** The pipeline's watermark: windows that end later are open. */
  readonly finalThrough: number | null;
  readonly lastRun: { readonly finals: number; readonly requests: number; readonly writeUnits: number };
}

/**
 * Closes what is left to be closed, while nothing else goes on. As on a schedule, a run that fails, since the table is slow
 * on a busy machine, is followed by another. Rejects where closing does not come to an end.
 */
export async function measureClosing(
  run: Pick<LocalRun, 'counts' | 'runtime' | 'usage'>,
  pauseMs = PAUSE_MS,
): Promise<ClosingCost> {
  const before = run.usage();
  let finals = 0;
  let failure: unknown;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    let report: CloseReport;
    try {
      report = (await run.runtime.close()) as CloseReport;
    } catch (error) {
      failure = error;
      await sleep(pauseMs);
      continue;
    }
    finals += report.finals;
    if (report.unfinished !== undefined) continue;
    const after = run.usage();
    const lastRun = {
      finals,
      requests: total(after.requests) - total(before.requests),
      writeUnits: after.writeUnits - before.writeUnits,
    };
    return { finals: run.counts.windowsClosed, finalThrough: report.finalThrough, lastRun };
  }
  const why = failure instanceof Error ? `: ${failure.message}` : '';
  throw new Error(`closing was not done after ${ATTEMPTS_MAX} runs${why}`, { cause: failure });
}

const ATTEMPTS_MAX = 20;
const PAUSE_MS = 500;

function total(requests: Readonly<Record<string, number>>): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}
