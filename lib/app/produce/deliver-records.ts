import { PUT_RECORDS } from '#contracts/put-records.ts';
import type { PutResult, RecordSink } from '../ports/record-sink.ts';
import type { OutgoingRecord, PutFailure } from './producer-errors.ts';
import type { ProducerLimits } from './producer-limits.ts';

/** Time, as a producer sees it. `nowMs` need not be the date, but must not go back. */
export interface ProducerClock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

export interface DeliveryDeps {
  readonly sink: RecordSink;
  readonly clock: ProducerClock;
  /** From 0 to less than 1. */
  readonly random: () => number;
}

/** The wait after the first call in a row that put nothing through is up to this; it doubles with each. */
const BACKOFF_MS_FIRST = 100;
const BACKOFF_MS_MAX = 10_000;

interface Delivery {
  readonly record: OutgoingRecord;
  attempts: number;
  firstMs: number;
}

/**
 * Puts records on the stream until it has taken them: in calls as full as possible, a few at a time, and again those
 * that failed and only those. Waits are exponential with full jitter (M. Brooker, "Exponential Backoff And Jitter",
 * AWS Architecture Blog, 2015); a wait keeps one of the few calls occupied, so that a stream that refuses is not asked
 * more often for having more put to it.
 */
export class RecordDelivery {
  readonly #deps: DeliveryDeps;
  readonly #limits: ProducerLimits;
  readonly #onSettled: (record: OutgoingRecord, failure: PutFailure | undefined) => void;
  readonly #waiting: Delivery[] = [];
  #loops = 0;
  #retries = 0;

  /** `onSettled` is told once of each record: that the stream has it, or why it was given up. */
  constructor(
    deps: DeliveryDeps,
    limits: ProducerLimits,
    onSettled: (record: OutgoingRecord, failure: PutFailure | undefined) => void,
  ) {
    this.#deps = deps;
    this.#limits = limits;
    this.#onSettled = onSettled;
  }

  /** Records put again, each time counted. */
  get retries(): number {
    return this.#retries;
  }

  deliver(record: OutgoingRecord): void {
    this.#waiting.push({ record, attempts: 0, firstMs: 0 });
    if (this.#loops === this.#limits.callsMax) return;
    this.#loops++;
    void this.#loop();
  }

  async #loop(): Promise<void> {
    await Promise.resolve(); // records of one moment share a call
    let again: readonly Delivery[] = [];
    let blockedCalls = 0;
    for (;;) {
      const batch = this.#fill(again);
      if (batch.length === 0) break;
      const results = await this.#put(batch);
      again = this.#settle(batch, results);
      if (again.length === 0) {
        blockedCalls = 0;
        continue;
      }
      // Some got through: the stream is there, and short of room. Only then is it worth to be back soon.
      blockedCalls = results.some((result) => result?.ok) ? 1 : blockedCalls + 1;
      const waitMsMax = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_FIRST * 2 ** (blockedCalls - 1));
      await this.#deps.clock.sleep(this.#deps.random() * waitMsMax);
    }
    this.#loops--;
  }

  /** A call's worth: those to be put again, then as many others as fit. */
  #fill(again: readonly Delivery[]): Delivery[] {
    const batch = [...again];
    let bytes = again.reduce((sum, delivery) => sum + callBytes(delivery), 0);
    let taken = 0;
    for (const delivery of this.#waiting) {
      bytes += callBytes(delivery);
      if (batch.length === PUT_RECORDS.recordsMax || bytes > PUT_RECORDS.callBytesMax) break;
      batch.push(delivery);
      taken++;
    }
    this.#waiting.splice(0, taken);
    return batch;
  }

  async #put(batch: readonly Delivery[]): Promise<readonly (PutResult | undefined)[]> {
    const nowMs = this.#deps.clock.nowMs();
    for (const delivery of batch) {
      if (delivery.attempts === 0) delivery.firstMs = nowMs;
      else this.#retries++;
      delivery.attempts++;
    }
    try {
      return await this.#deps.sink.put(batch.map(({ record }) => record));
    } catch (error) {
      // A bug in the sink. What was sent is unknown, so the records are handed back like any that failed.
      const message = error instanceof Error ? error.message : String(error);
      return batch.map(() => ({ ok: false, code: 'SinkError', message, retryable: false }));
    }
  }

  /** Reports what came to an end, and returns what did not. */
  #settle(batch: readonly Delivery[], results: readonly (PutResult | undefined)[]): Delivery[] {
    const nowMs = this.#deps.clock.nowMs();
    return batch.filter((delivery, index) => {
      const result = results[index] ?? MISSING;
      if (!result.ok && result.retryable && this.#mayTryAgain(delivery, nowMs)) return true;
      this.#onSettled(delivery.record, result.ok ? undefined : result);
      return false;
    });
  }

  #mayTryAgain(delivery: Delivery, nowMs: number): boolean {
    const { attemptsMax, deadlineMs } = this.#limits;
    return delivery.attempts < attemptsMax && nowMs - delivery.firstMs < deadlineMs;
  }
}

const MISSING: PutFailure = {
  ok: false,
  code: 'NoResult',
  message: 'The stream answered without a result for this record.',
  retryable: true,
};

function callBytes({ record }: Delivery): number {
  return record.data.length + record.partitionKey.length;
}
