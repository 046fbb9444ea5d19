import {
  type Batch,
  expiredCount,
  isExhausted,
  judge,
  newBatch,
  retryMissed,
  retryRest,
  retryWhole,
} from './batch.ts';
import { type MappingCounters, newMappingCounters } from './mapping-counters.ts';
import type {
  DiscardCondition,
  DiscardOutcome,
  InvocationOutcome,
  PolledRecord,
  ShardPollerAction,
  ShardRead,
} from './shard-poller-action.ts';
import type { ShardPollerSettings } from './shard-poller-settings.ts';
import { takeBatch } from './take-batch.ts';

/**
 * Lambda's event source mapping for one shard of a Kinesis stream, as a state machine that knows no clock and does
 * no I/O: `next` says what to do, and the ends of what it asked for are told to it. The embedded runtime drives it in
 * real time, the simulator on a virtual clock.
 *
 * One invocation at a time, in stream order. The next records are read while one runs, at most a batch of them.
 *
 * Source of the rules: AWS Lambda Developer Guide, "Using Lambda to process records from Amazon Kinesis Data Streams";
 * each is quoted at its test.
 */
export class ShardPollerState<Polled extends PolledRecord> {
  readonly counters: MappingCounters = newMappingCounters();
  readonly #settings: ShardPollerSettings;

  #readAfter: string | undefined;
  #reading = false;
  #readsStarted = 0;
  /** Number of the last read that found nothing and nothing newer. */
  #readAtTip = 0;
  #nextReadMs = Number.NEGATIVE_INFINITY;
  #endOfShard = false;

  /** Read, and in no batch yet. */
  #buffer: readonly Polled[] = [];
  #bufferBytes = 0;
  #windowStartMs = 0;

  /** In stream order; the first is the one being tried. Never empty lists of records. */
  #batches: readonly Batch<Polled>[] = [];
  #busy: 'invocation' | 'discard' | undefined;
  #checkpointDue: string | undefined;
  #processedArrivalMs = Number.NEGATIVE_INFINITY;
  #finished = false;

  /** @param checkpoint the last record that is processed already, if any */
  constructor(settings: ShardPollerSettings, checkpoint: string | undefined) {
    this.#settings = settings;
    this.#readAfter = checkpoint;
  }

  /** What to do now. Call it again, with the same time, until it says `wait` or `finished`. */
  next(nowMs: number): ShardPollerAction<Polled> {
    const sequenceNumber = this.takeCheckpoint();
    if (sequenceNumber !== undefined) return { type: 'checkpoint', sequenceNumber };
    if (this.#busy === undefined) {
      const action = this.#startBatch(nowMs);
      if (action !== undefined) return action;
    }
    if (this.#mayRead() && nowMs >= this.#nextReadMs) {
      this.#reading = true;
      this.#readsStarted += 1;
      return {
        type: 'read',
        after: this.#readAfter,
        recordsMax: this.#settings.batchSize - this.#buffer.length,
      };
    }
    if (this.#endOfShard && !this.#reading && this.#oldest() === undefined) {
      this.#finished = true;
      return { type: 'finished' };
    }
    return { type: 'wait', untilMs: this.#nextMs() };
  }

  /** The checkpoint that `next` would tell of, for a caller that wants nothing else any more. */
  takeCheckpoint(): string | undefined {
    const due = this.#checkpointDue;
    this.#checkpointDue = undefined;
    return due;
  }

  /** The read that `next` asked for has ended. */
  recordsRead(read: ShardRead<Polled>, nowMs: number): void {
    this.#reading = false;
    this.#endOfShard = read.endOfShard;
    const last = read.records.at(-1);
    if (last === undefined) {
      const atTip = read.millisBehindLatest <= 0;
      if (atTip || read.endOfShard) this.#readAtTip = this.#readsStarted;
      // Kinesis may answer with nothing far from the tip, where it must just be asked again.
      this.#nextReadMs = atTip ? nowMs + this.#settings.pollIntervalMs : nowMs;
      return;
    }
    if (this.#buffer.length === 0) this.#windowStartMs = nowMs;
    this.#buffer = this.#buffer.length === 0 ? read.records : [...this.#buffer, ...read.records];
    for (const record of read.records) this.#bufferBytes += record.payloadBytes;
    this.#readAfter = last.sequenceNumber;
    this.#nextReadMs = nowMs;
    this.counters.polledRecords += read.records.length;
  }

  /** The read that `next` asked for has failed: it is repeated later. */
  readFailed(nowMs: number): void {
    this.#reading = false;
    this.#nextReadMs = nowMs + this.#settings.pollIntervalMs;
  }

  /** The invocation that `next` asked for has ended. */
  invocationEnded(outcome: InvocationOutcome, nowMs: number): void {
    const batch = this.#endOf('invocation');
    // "The next window begins as soon as the previous function invocation completes."
    this.#windowStartMs = nowMs;
    if (outcome.type === 'not_invoked') {
      this.#putBack([retryMissed(batch, this.#settings, nowMs)]);
      return;
    }
    const size = batch.records.length;
    const verdict = judge(outcome, batch, this.#settings);
    this.counters.invocations += 1;
    this.counters.invokedRecords += size;
    switch (verdict.type) {
      case 'success':
        this.counters.processedRecords += size;
        this.#passed(batch.records);
        return;
      case 'partial': {
        const done = batch.records.slice(0, verdict.firstFailedIndex);
        this.counters.partialInvocations += 1;
        this.counters.processedRecords += done.length;
        this.counters.failedRecords += size - done.length;
        this.#passed(done);
        this.#putBack([retryRest(batch, done.length, this.#settings, nowMs)]);
        return;
      }
      case 'failure':
        this.counters.failedInvocations += 1;
        this.counters.failedRecords += size;
        this.#putBack(retryWhole(batch, this.#settings, nowMs));
    }
  }

  /** The discarded batch has been told to the on-failure destination, or not. */
  discardEnded(outcome: DiscardOutcome): void {
    const batch = this.#endOf('discard');
    if (outcome === 'delivered') this.counters.deliveredRecords += batch.records.length;
    else this.counters.droppedRecords += batch.records.length;
    if (outcome === 'not_delivered') this.counters.destinationDeliveryFailures += 1;
    this.#passed(batch.records);
  }

  /** Age of the oldest record that was read and is not processed; 0 without one. */
  iteratorAgeMs(nowMs: number): number {
    const oldest = this.#oldest();
    return oldest === undefined ? 0 : Math.max(0, nowMs - oldest.arrivalMs);
  }

  /** For `isPast`: a mark of this moment. */
  mark(): number {
    return this.#readsStarted;
  }

  /**
   * True when all that was in the shard at a mark's time is processed: a later read found nothing more, or a record
   * that arrived after `arrivalMs` is processed.
   */
  isPast(mark: number, arrivalMs: number): boolean {
    if (this.#finished || this.#processedArrivalMs > arrivalMs) return true;
    return this.#readAtTip > mark && this.#oldest() === undefined;
  }

  /** Read at once instead of after the poll interval. */
  readSoon(): void {
    this.#nextReadMs = Number.NEGATIVE_INFINITY;
  }

  #mayRead(): boolean {
    return (
      !this.#reading &&
      !this.#endOfShard &&
      this.#buffer.length < this.#settings.batchSize &&
      this.#bufferBytes < this.#settings.payloadBytesMax
    );
  }

  #startBatch(nowMs: number): ShardPollerAction<Polled> | undefined {
    if (this.#batches.length === 0) this.#formBatch(nowMs);
    const batch = this.#batches[0];
    if (batch === undefined || nowMs < batch.notBeforeMs) return undefined;
    if (isExhausted(batch.failures, this.#settings)) return this.#discard(batch, 'RetryAttemptsExhausted');

    const expired = expiredCount(batch, this.#settings, nowMs);
    if (expired > 0) {
      const old = { ...batch, records: batch.records.slice(0, expired) };
      const rest = { ...batch, records: batch.records.slice(expired) };
      this.#batches = [old, ...(rest.records.length > 0 ? [rest] : []), ...this.#batches.slice(1)];
      return this.#discard(old, 'RecordAgeExceeded');
    }
    this.#busy = 'invocation';
    return { type: 'invoke', records: batch.records };
  }

  #discard(batch: Batch<Polled>, condition: DiscardCondition): ShardPollerAction<Polled> {
    this.#busy = 'discard';
    return { type: 'discard', condition, records: batch.records, invocations: batch.invocations };
  }

  /** Makes a batch of the buffer if it is full, or if it is time. */
  #formBatch(nowMs: number): void {
    if (this.#buffer.length === 0) return;
    const { count, bytes, full } = takeBatch(this.#buffer, this.#settings);
    // Nothing will come any more in a shard that has ended: then waiting gathers nothing.
    if (!full && !this.#endOfShard && nowMs < this.#windowStartMs + this.#settings.batchingWindowMs) return;
    const records = this.#buffer.slice(0, count);
    this.#buffer = this.#buffer.slice(count);
    this.#bufferBytes -= bytes;
    this.#batches = [newBatch(records, nowMs)];
  }

  /** Takes off the first batch, which must be the one that `what` was started for. */
  #endOf(what: 'invocation' | 'discard'): Batch<Polled> {
    const [batch, ...rest] = this.#batches;
    if (this.#busy !== what || batch === undefined) throw new Error(`no ${what} was under way`);
    this.#busy = undefined;
    this.#batches = rest;
    return batch;
  }

  #putBack(batches: readonly Batch<Polled>[]): void {
    this.#batches = [...batches, ...this.#batches];
  }

  #passed(records: readonly Polled[]): void {
    const last = records.at(-1);
    if (last === undefined) return;
    this.#checkpointDue = last.sequenceNumber;
    this.#processedArrivalMs = last.arrivalMs;
  }

  #oldest(): Polled | undefined {
    return this.#batches[0]?.records[0] ?? this.#buffer[0];
  }

  /** When `next` would say something else, should nothing end before. */
  #nextMs(): number | undefined {
    const times: number[] = [];
    if (this.#mayRead()) times.push(this.#nextReadMs);
    if (this.#busy === undefined) {
      const batch = this.#batches[0];
      if (batch !== undefined) times.push(batch.notBeforeMs);
      else if (this.#buffer.length > 0) times.push(this.#windowStartMs + this.#settings.batchingWindowMs);
    }
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
