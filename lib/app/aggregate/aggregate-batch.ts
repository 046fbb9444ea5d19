import { CorruptError } from '#core/bytes/corrupt-error.ts';
import type { Batch } from '#core/records/stream-record.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { BatchReport, Unfinished } from './batch-report.ts';
import { commitChunk } from './commit-chunk.ts';
import { commitSuspect, isSuspect } from './commit-suspect.ts';
import type { AggregateDeps } from './deps.ts';
import { readHashKeys } from './read-hash-keys.ts';
import { RecordCursor } from './record-cursor.ts';
import { ShardRun } from './shard-run.ts';
import { takeBackSuspect } from './suspects.ts';

/**
 * Makes a batch count, exactly once, however often and with whatever neighbours it comes: everything that a head
 * says is counted is skipped, and what is beyond it is committed, in parts where it is too much for one.
 *
 * Returns what was done, and the first record that is not counted; so a dependency that fails, or time that runs
 * out, is a report and no exception. An exception is a bug.
 *
 * `deadline` is when the function would be stopped, in epoch milliseconds.
 */
export async function aggregateBatch(
  deps: AggregateDeps,
  batch: Batch,
  deadline: number,
): Promise<BatchReport> {
  const run = new ShardRun(deps, batch.shard);
  const cursor = new RecordCursor(batch.records, deps.tools);
  let unfinished: Unfinished | undefined;
  let failure: DependencyError | undefined;
  try {
    unfinished = await commitAll(deps, batch, deadline, run, cursor);
  } catch (error) {
    // What was to be written may have been written: nothing is known any more.
    deps.cache.drop();
    failure = failureOf(error);
    if (failure === undefined) {
      // No good order to come back in, even if the environment survives: what was begun stays begun.
      run.begun.end();
      throw error;
    }
    unfinished = failure.failure;
  }
  if (unfinished !== undefined) await takeBackSuspect(run);
  const first = unfinished === undefined ? undefined : cursor.firstUncounted(run.last.position);
  return { ...run.tally, firstUncommitted: first?.sequence, unfinished, error: failure };
}

/** Commits until all of the batch counts, or returns why it does not. */
async function commitAll(
  deps: AggregateDeps,
  batch: Batch,
  deadline: number,
  run: ShardRun,
  cursor: RecordCursor,
): Promise<Unfinished | undefined> {
  const isTimeUp = () => deps.now() > deadline - deps.limits.commitReserveMs;
  while (run.tally.conflicts <= deps.limits.conflictsMax) {
    const head = await run.head();
    if (cursor.firstUncounted(head.position) === undefined) return undefined;
    cursor.hashKeys ??= await readHashKeys(deps, batch);
    const folded = await run.fold(head);
    if (folded === undefined) continue;
    if (run.tally.commits > 0 && isTimeUp()) return 'deadline';
    const step = isSuspect(deps, batch)
      ? await commitSuspect(deps, run, batch, cursor, folded, isTimeUp)
      : await commitChunk(deps, run, batch, cursor, folded, isTimeUp);
    if (step === 'done') return undefined;
    if (step === 'crash_limit') return 'crash_limit';
  }
  return 'conflicts';
}

/**
 * An error that is no bug, and no fault of the events. Stored bytes that can't be read belong here: newer code wrote
 * them, or they are damaged, and cutting the batch in halves would not help.
 */
function failureOf(error: unknown): DependencyError | undefined {
  if (error instanceof DependencyError) return error;
  if (!(error instanceof CorruptError)) return undefined;
  return new DependencyError('table', 'refused', `what is stored can't be read: ${error.message}`, error);
}
