import { type BatchVerdict, readBatchResponse } from './batch-response.ts';
import { retryDelayMs } from './retry-backoff.ts';
import type { InvocationOutcome, PolledRecord } from './shard-poller-action.ts';
import type { ShardPollerSettings } from './shard-poller-settings.ts';

/** Records that are, or were, one invocation; at least one. */
export interface Batch<Polled> {
  readonly records: readonly Polled[];
  /** Failures that used up a retry. */
  readonly failures: number;
  /** Times in a row that the function could not be reached. */
  readonly misses: number;
  readonly invocations: number;
  readonly notBeforeMs: number;
}

/** A batch that was never tried. */
export function newBatch<Polled>(records: readonly Polled[], nowMs: number): Batch<Polled> {
  return { records, failures: 0, misses: 0, invocations: 0, notBeforeMs: nowMs };
}

/** What an invocation that reached the function says of its batch. */
export function judge(
  outcome: Exclude<InvocationOutcome, { type: 'not_invoked' }>,
  batch: Batch<PolledRecord>,
  settings: ShardPollerSettings,
): BatchVerdict {
  if (outcome.type === 'failed') return { type: 'failure', reason: 'the invocation failed' };
  if (!settings.reportBatchItemFailures) return { type: 'success' };
  const sequenceNumbers = batch.records.map((record) => record.sequenceNumber);
  return readBatchResponse(outcome.response, sequenceNumbers);
}

/** The batch, to be tried again as it is, because the function did not get it: that uses up no retry. */
export function retryMissed<Polled>(
  batch: Batch<Polled>,
  settings: ShardPollerSettings,
  nowMs: number,
): Batch<Polled> {
  const misses = batch.misses + 1;
  return { ...batch, misses, notBeforeMs: nowMs + delayMs(misses, settings) };
}

/** After a partial response: everything from the returned record on, as one batch. */
export function retryRest<Polled>(
  batch: Batch<Polled>,
  firstFailedIndex: number,
  settings: ShardPollerSettings,
  nowMs: number,
): Batch<Polled> {
  const records = batch.records.slice(firstFailedIndex);
  const tried = { ...batch, records, misses: 0, invocations: batch.invocations + 1 };
  // Nothing is split where nothing is before the returned record.
  const progress = firstFailedIndex > 0;
  if (progress && settings.bisectBatchOnError) return { ...tried, notBeforeMs: nowMs };
  const failures = batch.failures + 1;
  const wait = progress || isExhausted(failures, settings) ? 0 : delayMs(failures, settings);
  return { ...tried, failures, notBeforeMs: nowMs + wait };
}

/** After a failure of the whole batch: its two halves, if batches are split and there are two, else all of it. */
export function retryWhole<Polled>(
  batch: Batch<Polled>,
  settings: ShardPollerSettings,
  nowMs: number,
): Batch<Polled>[] {
  const size = batch.records.length;
  const tried = { ...batch, misses: 0, invocations: batch.invocations + 1 };
  if (settings.bisectBatchOnError && size > 1) {
    const half = Math.ceil(size / 2);
    return [
      { ...tried, records: batch.records.slice(0, half), notBeforeMs: nowMs },
      { ...tried, records: batch.records.slice(half), notBeforeMs: nowMs },
    ];
  }
  const failures = batch.failures + 1;
  const wait = isExhausted(failures, settings) ? 0 : delayMs(failures, settings);
  return [{ ...tried, failures, notBeforeMs: nowMs + wait }];
}

/** True when a batch has failed once more than it may be retried. */
export function isExhausted(failures: number, settings: ShardPollerSettings): boolean {
  return settings.retryAttempts >= 0 && failures > settings.retryAttempts;
}

/** How many of the batch's first records are too old. */
export function expiredCount(
  batch: Batch<PolledRecord>,
  settings: ShardPollerSettings,
  nowMs: number,
): number {
  const { recordAgeMsMax } = settings;
  if (recordAgeMsMax < 0) return 0;
  const young = batch.records.findIndex((record) => nowMs - record.arrivalMs <= recordAgeMsMax);
  return young < 0 ? batch.records.length : young;
}

function delayMs(times: number, settings: ShardPollerSettings): number {
  return retryDelayMs(times, settings.retryDelayBaseMs, settings.retryDelayMsMax);
}
