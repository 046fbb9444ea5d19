import { fnv1a64 } from '#core/fnv1a.ts';
import type { PackTools } from '#core/records/packed-columns.ts';
import { type DeliveryDeps, RecordDelivery } from './deliver-records.ts';
import { GatheredEvents } from './gathered-events.ts';
import { OutstandingRecords, RECORD_OVERHEAD_BYTES } from './outstanding-records.ts';
import type { PackedRecord } from './pack-records.ts';
import { type PreparedEvent, prepareEvent, prepareRaw } from './prepare-event.ts';
import { type OutgoingRecord, OversizeError, type PutFailure } from './producer-errors.ts';
import { type ProducerLimits, producerLimits } from './producer-limits.ts';
import { PutQueue } from './put-queue.ts';
import { randomKey } from './random-key.ts';

export interface ProducerDeps extends DeliveryDeps {
  readonly tools: PackTools;
}

export interface ProducerSettings extends Partial<ProducerLimits> {
  /**
   * Takes what no record can take: an event's JSON, or raw bytes, and its size. Without it, `put` rejects with an
   * `OversizeError`.
   */
  readonly onOversize?: ((payload: string | Uint8Array, bytes: number) => void) | undefined;
  /**
   * What an event that is put again, by whatever process, has in common with the first one: by it, both go to the same
   * shard, where a pipeline with `eventId` can tell that they are one. Without it, or where it gives `undefined`,
   * records go to any shard. It costs fuller buffers and smaller records, as events are gathered in 64 lanes.
   */
  readonly keyOf?: ((event: object) => string | number | undefined) | undefined;
  /**
   * With `keyOf`: names the shard that a partition key is of. Lanes of one shard are then one, with fuller records, and
   * in the order of the puts. For as long as the stream's shards stay as they are.
   */
  readonly shardOf?: ((partitionKey: string) => string) | undefined;
  /**
   * Gives each packed record an id, by which a pipeline with `duplicates` knows a record that was put again, as a
   * whole: for a 500th of what an id for each event costs. Only right where no event is put twice: what the pipeline
   * makes of `eventId` is not asked for events in such records.
   */
  readonly recordIds?: boolean | undefined;
}

export interface ProducerStats {
  /** Events that `put`, `tryPut` and `putRaw` (one each) have taken. */
  readonly accepted: number;
  /** Of them, those that the stream has; and in how many records, of how many bytes of data. */
  readonly events: number;
  readonly records: number;
  readonly bytes: number;
  /** Records put again after a failed attempt, each time counted. */
  readonly retries: number;
  /** Events in records that were given up. */
  readonly failed: number;
  /** Events given to `onOversize`. */
  readonly oversize: number;
  /** Bytes held now, for events and records that the stream does not have yet. */
  readonly buffered: number;
}

/** Enough to spread evenly over a dozen shards; few enough for full records. */
const LANES = 64;

const TAKEN: Promise<void> = Promise.resolve();

/**
 * Gathers events into packed records and puts them on a stream. Nothing is lost in silence: an event is delivered,
 * or its put rejects, or a flush hands over the record that carries it. A record that the stream took, but whose
 * answer was lost, is put again under the same partition key.
 *
 * Events of one caller keep their order within a record; records overtake each other.
 */
export class Producer {
  readonly #deps: ProducerDeps;
  readonly #limits: ProducerLimits;
  readonly #onOversize: ProducerSettings['onOversize'];
  readonly #keyOf: ProducerSettings['keyOf'];
  /** One, or one for each lane, or for each shard that lanes are of. */
  readonly #gathered: readonly GatheredEvents[];
  /** The partition key of each place in it. They are the same in every producer; Kinesis hashes them. */
  readonly #keys: readonly string[];
  /** The place of each lane. */
  readonly #places: readonly number[];
  readonly #outstanding = new OutstandingRecords();
  readonly #delivery: RecordDelivery;
  readonly #queue: PutQueue;
  #closing: Promise<void> | undefined;
  #accepted = 0;
  #oversize = 0;

  /** Throws `RangeError` for a setting out of range. */
  constructor(deps: ProducerDeps, settings: ProducerSettings = {}) {
    const { onOversize, keyOf, recordIds, shardOf, ...limits } = settings;
    this.#deps = deps;
    this.#onOversize = onOversize;
    this.#limits = producerLimits(limits);
    this.#keyOf = keyOf;
    const newRecordId = recordIds ? () => randomKey(deps.random) : undefined;
    const keys = Array.from({ length: LANES }, (_, lane) => `lane-${lane}`);
    const shards = keys.map((key) => (shardOf === undefined ? key : shardOf(key)));
    const first = [...new Set(shards)];
    this.#places = shards.map((shard) => first.indexOf(shard));
    // Of several lanes of one shard, the first one's: it is of that shard as any other.
    this.#keys = first.map((shard) => keys[shards.indexOf(shard)] ?? '');
    this.#gathered = (keyOf === undefined ? [undefined] : this.#keys).map((key) => {
      const send = (packed: readonly PackedRecord[]) => this.#send(packed, key);
      return new GatheredEvents(deps.clock, deps.tools, this.#limits, send, newRecordId);
    });
    this.#delivery = new RecordDelivery(deps, this.#limits, (record, failure) =>
      this.#settle(record, failure),
    );
    // A record may come into being with the event.
    this.#queue = new PutQueue(
      (bytes) => this.#bufferedBytes() + bytes + RECORD_OVERHEAD_BYTES <= this.#limits.bufferBytesMax,
    );
  }

  /**
   * Takes an event (a copy of it) and resolves when it has room: await it before the next. An event that JSON can't
   * carry, such as one with NaN, is sent as it is, for the handler to reject visibly. Rejects, without having taken the
   * event: with `OversizeError` if no record can take it, with `RangeError` if it nests too deeply or in circles, with
   * `Error` if the producer is closed, or holds undelivered records that a flush has yet to hand over.
   */
  put(event: object): Promise<void> {
    return this.#put(() => prepareEvent(event, this.#deps.tools, this.#limits), event);
  }

  /** Takes bytes (a copy of them) as a record by themselves, as they are, for the handler to judge. Else as `put`. */
  putRaw(bytes: Uint8Array): Promise<void> {
    return this.#put(() => prepareRaw(new Uint8Array(bytes), this.#limits));
  }

  /** Takes an event if there is room for it now, and says whether it did. Throws what `put` rejects with. */
  tryPut(event: object): boolean {
    this.#checkOpen();
    const prepared = prepareEvent(event, this.#deps.tools, this.#limits);
    if (prepared.kind !== 'oversize' && !this.#queue.isOpen(prepared.bytes)) return false;
    this.#take(prepared, event);
    return true;
  }

  /**
   * Sends what has been gathered, and resolves when the stream has all that was put before. Rejects with
   * `UndeliveredError`, which hands over the records that it has not; the producer takes events again after that.
   */
  async flush(): Promise<void> {
    await this.#queue.turn();
    for (const lane of this.#gathered) lane.seal();
    await this.#outstanding.flush();
  }

  /** Takes no more events, flushes, and lets go of the stream, also where the flush rejects. */
  close(): Promise<void> {
    this.#closing ??= this.flush().finally(() => this.#deps.sink.close?.());
    return this.#closing;
  }

  stats(): ProducerStats {
    return {
      ...this.#outstanding.counts,
      accepted: this.#accepted,
      retries: this.#delivery.retries,
      oversize: this.#oversize,
      buffered: this.#bufferedBytes(),
    };
  }

  #put(prepare: () => PreparedEvent, event?: object): Promise<void> {
    try {
      this.#checkOpen();
      const prepared = prepare();
      if (prepared.kind === 'oversize' || this.#queue.isOpen(prepared.bytes)) {
        this.#take(prepared, event);
        return TAKEN;
      }
      return new Promise((resolve, reject) => {
        const admit = () => {
          this.#take(prepared, event);
          resolve();
        };
        this.#queue.wait({ bytes: prepared.bytes, admit, refuse: reject });
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new Error('the producer is closed: make another one');
    const { blocked } = this.#outstanding;
    if (blocked !== undefined) throw blocked;
  }

  #take(prepared: PreparedEvent, event: object | undefined): void {
    if (prepared.kind === 'oversize') {
      if (this.#onOversize === undefined) throw new OversizeError(prepared.bytes, prepared.bytesMax);
      this.#onOversize(prepared.payload, prepared.bytes);
      this.#oversize++;
      return;
    }
    this.#accepted++;
    const place = this.#placeOf(event);
    if (prepared.kind === 'record')
      this.#send([{ data: prepared.data, events: 1 }], place === undefined ? undefined : this.#keys[place]);
    else (this.#gathered[place ?? this.#anyPlace()] as GatheredEvents).add(prepared);
  }

  #placeOf(event: object | undefined): number | undefined {
    const key = event === undefined ? undefined : this.#keyOf?.(event);
    return key === undefined ? undefined : this.#places[Number(fnv1a64(String(key)) % BigInt(LANES))];
  }

  #anyPlace(): number {
    return Math.floor(this.#deps.random() * this.#gathered.length);
  }

  #send(packed: readonly PackedRecord[], key?: string): void {
    for (const { data, events } of packed) {
      const record = { partitionKey: key ?? randomKey(this.#deps.random), data, events };
      this.#outstanding.add(record);
      this.#delivery.deliver(record);
    }
  }

  #settle(record: OutgoingRecord, failure: PutFailure | undefined): void {
    this.#outstanding.settle(record, failure);
    const { blocked } = this.#outstanding;
    if (blocked === undefined) this.#queue.admit();
    else this.#queue.refuse(blocked);
  }

  #bufferedBytes(): number {
    const gathered = this.#gathered.reduce((sum, lane) => sum + lane.heldBytes, 0);
    return gathered + this.#outstanding.heldBytes;
  }
}
