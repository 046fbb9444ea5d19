import {
  type OutgoingRecord,
  type PutFailure,
  UndeliveredError,
  type UndeliveredRecord,
} from './producer-errors.ts';

/** What a record takes in memory besides its data, about: objects, its key, its places in sets and queues. */
export const RECORD_OVERHEAD_BYTES = 256;

/** Somebody waits for these records. */
interface Flush {
  readonly records: Set<OutgoingRecord>;
  done: () => void;
  failure: UndeliveredError | undefined;
}

/** The records that a producer answers for: under way, or given up and not yet handed over. */
export class OutstandingRecords {
  readonly #underWay = new Set<OutgoingRecord>();
  readonly #flushes = new Set<Flush>();
  readonly #counts = { events: 0, records: 0, bytes: 0, failed: 0 };
  #undelivered: UndeliveredRecord[] = [];
  #heldBytes = 0;

  /** Bytes of memory that the records take, those given up included. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** What was delivered, and the events that were given up. */
  get counts(): Readonly<{ events: number; records: number; bytes: number; failed: number }> {
    return this.#counts;
  }

  /** Why nothing more should be put: records wait to be handed over. */
  get blocked(): Error | undefined {
    const [first] = this.#undelivered;
    if (first === undefined) return undefined;
    const { code, message } = first.failure;
    return new Error(
      `${this.#undelivered.length} records were not delivered (${code}: ${message}): ` +
        'call flush, which hands them over, before putting more',
    );
  }

  add(record: OutgoingRecord): void {
    this.#heldBytes += heldBytes(record);
    this.#underWay.add(record);
  }

  settle(record: OutgoingRecord, failure: PutFailure | undefined): void {
    this.#underWay.delete(record);
    if (failure === undefined) {
      this.#heldBytes -= heldBytes(record);
      this.#counts.events += record.events;
      this.#counts.records++;
      this.#counts.bytes += record.data.length;
    } else {
      this.#counts.failed += record.events;
      this.#undelivered.push({ ...record, failure });
    }
    for (const flush of this.#flushes) {
      if (flush.records.delete(record) && flush.records.size === 0) flush.done();
    }
  }

  /** Resolves when all that are under way now have been delivered, else rejects with `UndeliveredError`. */
  async flush(): Promise<void> {
    const flush: Flush = { records: new Set(this.#underWay), done: () => {}, failure: undefined };
    this.#flushes.add(flush);
    if (flush.records.size > 0) {
      await new Promise<void>((resolve) => {
        flush.done = resolve;
      });
    }
    if (this.#undelivered.length > 0) this.#handOver();
    this.#flushes.delete(flush);
    if (flush.failure !== undefined) throw flush.failure;
  }

  /** To all who wait at this time: each of them may be the only one that looks at the outcome. */
  #handOver(): void {
    const error = new UndeliveredError(this.#undelivered);
    for (const flush of this.#flushes) flush.failure = error;
    for (const record of this.#undelivered) this.#heldBytes -= heldBytes(record);
    this.#undelivered = [];
  }
}

function heldBytes(record: OutgoingRecord): number {
  return record.data.length + RECORD_OVERHEAD_BYTES;
}
