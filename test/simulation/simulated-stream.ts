import type { EpochMs, SequenceNumber, ShardId } from '#core/brand.ts';
import { parseSequence } from '#core/protocol/position.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import type { ListedShard } from '#local/event-source-mapping/shard-lineage.ts';
import type { ExpectedEvent, NewRecord } from './expected-event.ts';

/** A record in the stream, with what should become of its events. */
export interface SimulatedRecord extends StreamRecord {
  readonly events: readonly ExpectedEvent[];
  /** How many events of the shard are before it. */
  readonly eventsBefore: number;
}

/** A shard takes the hashes in `[from, to)`, of 0 to 1. */
export interface SimulatedShard {
  readonly id: ShardId;
  readonly from: number;
  readonly to: number;
  readonly parents: readonly SimulatedShard[];
  readonly records: SimulatedRecord[];
  readonly events: ExpectedEvent[];
  readonly placeOf: Map<SequenceNumber, number>;
  isClosed: boolean;
}

/** What one read of a shard gives. */
export interface SimulatedRead {
  readonly records: readonly SimulatedRecord[];
  /** There is nothing behind these. */
  readonly isTip: boolean;
  /** And nothing will be. */
  readonly endOfShard: boolean;
}

/** A stream in memory: records in the order of their sequence numbers, which rise over all shards. */
export class SimulatedStream {
  readonly shards: SimulatedShard[] = [];
  #sequence: bigint;
  readonly #step: bigint;

  /** `sequence` is the first sequence number, `step` the distance to the next. */
  constructor(shards: number, sequence = 1n, step = 1n) {
    this.#sequence = sequence;
    this.#step = step;
    for (let i = 0; i < shards; i++) this.#add(i / shards, (i + 1) / shards, []);
  }

  get open(): SimulatedShard[] {
    return this.shards.filter((shard) => !shard.isClosed);
  }

  shard(id: string): SimulatedShard {
    const shard = this.shards.find((known) => known.id === id);
    if (shard === undefined) throw new Error(`there is no shard ${id}`);
    return shard;
  }

  put(
    hash: number,
    { data, events }: NewRecord,
    arrivalMs: number,
  ): { shard: SimulatedShard; record: SimulatedRecord } {
    const shard = this.open.find(({ from, to }) => hash >= from && hash < to);
    if (shard === undefined) throw new Error(`no open shard takes ${hash}`);
    const sequence = this.#next();
    const record = {
      sequence,
      arrival: arrivalMs as EpochMs,
      data,
      events,
      eventsBefore: shard.events.length,
    };
    shard.placeOf.set(sequence, shard.records.length);
    shard.records.push(record);
    shard.events.push(...events);
    return { shard, record };
  }

  /** At most `recordsMax` records of a shard behind `after`; without one, from its first. */
  read(shard: SimulatedShard, after: SequenceNumber | undefined, recordsMax: number): SimulatedRead {
    const { records, placeOf, isClosed } = shard;
    const from = after === undefined ? 0 : (placeOf.get(after) ?? -1) + 1;
    const page = records.slice(from, from + recordsMax);
    const isTip = from + page.length === records.length;
    return { records: page, isTip, endOfShard: isClosed && isTip };
  }

  split(shard: SimulatedShard): SimulatedShard[] {
    shard.isClosed = true;
    const middle = (shard.from + shard.to) / 2;
    return [this.#add(shard.from, middle, [shard]), this.#add(middle, shard.to, [shard])];
  }

  /** Merges two shards whose hashes are side by side. */
  merge(left: SimulatedShard, right: SimulatedShard): SimulatedShard {
    left.isClosed = true;
    right.isClosed = true;
    return this.#add(left.from, right.to, [left, right]);
  }

  listShards(): ListedShard[] {
    return this.shards.map(({ id, parents, isClosed }) => ({
      shardId: id,
      parentShardIds: parents.map((parent) => parent.id),
      closed: isClosed,
    }));
  }

  #add(from: number, to: number, parents: readonly SimulatedShard[]): SimulatedShard {
    const id = `shardId-${String(this.shards.length).padStart(12, '0')}` as ShardId;
    const shard = { id, from, to, parents, records: [], events: [], placeOf: new Map(), isClosed: false };
    this.shards.push(shard);
    return shard;
  }

  #next(): SequenceNumber {
    this.#sequence += this.#step;
    return parseSequence(String(this.#sequence));
  }
}

/** How many events are in a shard: canaries are none. */
export function realEvents({ events }: SimulatedShard): number {
  return events.filter(({ verdict }) => verdict !== 'canary').length;
}
