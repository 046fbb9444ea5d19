import type { SequenceNumber } from '#core/brand.ts';
import { compareSequence } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import type { StoredRecords } from '../ports/stored-records.ts';

/** Records between two holes that are read past, rather than to look for the second one anew. */
const READ_PAST_MAX = 1000;

/**
 * Reads a shard forward, hole by hole, and goes on where the last one ended: holes follow each other under load, commit by
 * commit, and each look for a place in the stream reads a page of megabytes from there, of which a hole is a small part.
 */
export class ForwardRecords implements StoredRecords {
  readonly #records: StoredRecords;
  #reading: AsyncIterator<StreamRecord> | undefined;
  /** The last record that was given out: the next hole may begin within it, or with it. */
  #last: StreamRecord | undefined;

  constructor(records: StoredRecords) {
    this.#records = records;
  }

  async *recordsFrom(shard: ShardKey, sequence: SequenceNumber): AsyncGenerator<StreamRecord> {
    for (let record = await this.#reach(shard, sequence); record !== undefined; record = await this.#read())
      yield record;
  }

  /** The first record at `sequence` or behind it. */
  async #reach(shard: ShardKey, sequence: SequenceNumber): Promise<StreamRecord | undefined> {
    let record = this.#last;
    if (record !== undefined && compareSequence(record.sequence, sequence) <= 0) {
      for (let past = 0; past < READ_PAST_MAX && record !== undefined; past++) {
        if (compareSequence(record.sequence, sequence) >= 0) return record;
        record = await this.#read();
      }
    }
    this.#reading = this.#records.recordsFrom(shard, sequence)[Symbol.asyncIterator]();
    return this.#read();
  }

  async #read(): Promise<StreamRecord | undefined> {
    const read = await this.#reading?.next();
    this.#last = read === undefined || read.done === true ? undefined : read.value;
    return this.#last;
  }
}
