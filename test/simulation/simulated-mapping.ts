import type { SequenceNumber } from '#core/brand.ts';
import { readableShards } from '#local/event-source-mapping/shard-lineage.ts';
import type { PolledRecord, ShardRead } from '#local/event-source-mapping/shard-poller-action.ts';
import type { ShardPollerSettings } from '#local/event-source-mapping/shard-poller-settings.ts';
import { Random } from './random.ts';
import type { SimulatedFunction } from './simulated-function.ts';
import { SimulatedPoller } from './simulated-poller.ts';
import type { SimulatedRecord, SimulatedShard, SimulatedStream } from './simulated-stream.ts';
import type { World } from './world.ts';

/** A record as the poller's state machine carries it. */
interface Polled extends PolledRecord {
  readonly record: SimulatedRecord;
}

/** One shard's poller, and how far it has come. */
interface Reading {
  readonly poller: SimulatedPoller<Polled>;
  checkpoint: SequenceNumber | undefined;
}

/** Long, because a put wakes the poller: polling an idle shard is not what is tested. */
const POLL_INTERVAL_MS = 10 * 60_000;
const RECORD_BYTES_BESIDE = 200;
const SLOW_START_MS_MAX = 15 * 60_000;

/**
 * The event source mapping: the very state machine of the embedded runtime for each shard, and the rule of parents
 * before children, driven by the virtual clock. What it does with a shard can be cut off and begun again elsewhere.
 */
export class SimulatedMapping {
  readonly #world: World;
  readonly #stream: SimulatedStream;
  readonly #function: SimulatedFunction;
  readonly #random: Random;
  readonly #ignoresParents: boolean;
  readonly #readings = new Map<SimulatedShard, Reading>();
  readonly #finished = new Set<string>();
  readonly #waking = new Set<SimulatedShard>();
  readonly #slow = new Set<SimulatedShard>();

  constructor(
    world: World,
    stream: SimulatedStream,
    simulatedFunction: SimulatedFunction,
    ignoresParents: boolean,
  ) {
    this.#world = world;
    this.#stream = stream;
    this.#function = simulatedFunction;
    this.#ignoresParents = ignoresParents;
    this.#random = new Random(world.plan.seed, 'mapping');
  }

  /** Starts what may be read: at the beginning, when shards were made or closed, and when one is finished. */
  discover(): void {
    const listed = this.#stream.listShards();
    const shards = this.#ignoresParents ? listed.map((shard) => ({ ...shard, parentShardIds: [] })) : listed;
    for (const { shardId } of readableShards(shards, (id) => this.#finished.has(id))) {
      const shard = this.#stream.shard(shardId);
      if (!this.#readings.has(shard)) this.#start(shard, undefined);
    }
  }

  /** There may be something new in a shard. */
  wake(shard: SimulatedShard): void {
    if (this.#waking.has(shard)) return;
    this.#waking.add(shard);
    this.#world.clock.in(this.#random.int(1, 1000), () => {
      this.#waking.delete(shard);
      if (!this.#slow.has(shard)) this.#readings.get(shard)?.poller.readSoon();
    });
  }

  /** Begins a shard again at an older place, as a poller does that has lost its checkpoint. */
  redeliver(): void {
    const unfinished = [...this.#readings].filter(([shard]) => !this.#finished.has(shard.id));
    const candidates = unfinished.filter(([shard]) => shard.records.length > 0);
    if (candidates.length === 0 || !this.#world.dice.strikes('redelivery', this.#random)) return;
    const [shard, { poller, checkpoint }] = this.#random.pick(candidates);
    const place = checkpoint === undefined ? -1 : (shard.placeOf.get(checkpoint) ?? -1);
    poller.stop();
    const older = place - this.#random.int(1, 20);
    this.#world.trace(`${shard.id} is read again after record ${older}`);
    this.#start(shard, shard.records[older]?.sequence);
  }

  #start(shard: SimulatedShard, checkpoint: SequenceNumber | undefined): void {
    const { clock, plan, strikes } = this.#world;
    const settings: ShardPollerSettings = {
      batchSize: Math.max(1, Math.floor(plan.batchSize * (0.5 + this.#random.next()))),
      payloadBytesMax: 6_000_000,
      batchingWindowMs: plan.batchingWindowMs,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: -1,
      recordAgeMsMax: -1,
      pollIntervalMs: POLL_INTERVAL_MS,
      retryDelayBaseMs: 200,
      retryDelayMsMax: plan.retryDelayMsMax,
    };
    const poller = new SimulatedPoller<Polled>({
      clock,
      settings,
      checkpoint,
      read: (after, recordsMax, done) => {
        clock.in(this.#random.int(1, 30), () => {
          const fails = this.#world.dice.strikes('read_failed', this.#random);
          done(fails ? undefined : this.#page(shard, after as SequenceNumber | undefined, recordsMax));
        });
      },
      invoke: (polled, done) => {
        const records = polled.map(({ record }) => record);
        this.#function.invoke(shard, records, (outcome) => {
          if (outcome.type === 'failed' && records.length > 1) strikes.add('bisect');
          done(outcome);
        });
      },
      discard: ({ records }) =>
        this.#world.fail(`the mapping gives up ${records.length} records of ${shard.id}`),
      onCheckpoint: (sequence) => {
        reading.checkpoint = sequence as SequenceNumber;
      },
      onFinished: () => {
        this.#finished.add(shard.id);
        clock.in(this.#random.int(1, 1000), () => this.discover());
      },
    });
    const reading: Reading = { poller, checkpoint };
    this.#readings.set(shard, reading);
    const isSlow = checkpoint === undefined && this.#world.dice.strikes('slow_start', this.#random);
    if (!isSlow) return poller.go();
    this.#slow.add(shard);
    clock.in(this.#random.int(1, SLOW_START_MS_MAX), () => {
      this.#slow.delete(shard);
      this.#readings.get(shard)?.poller.go();
    });
  }

  #page(shard: SimulatedShard, after: SequenceNumber | undefined, recordsMax: number): ShardRead<Polled> {
    const isShort = this.#world.dice.strikes('short_read', this.#random);
    const most = isShort ? Math.min(recordsMax, this.#random.int(0, 5)) : recordsMax;
    const { records, isTip, endOfShard } = this.#stream.read(shard, after, most);
    const polled = records.map((record) => ({
      sequenceNumber: record.sequence,
      arrivalMs: record.arrival,
      payloadBytes: record.data.length + RECORD_BYTES_BESIDE,
      record,
    }));
    return { records: polled, millisBehindLatest: isTip ? 0 : 1000, endOfShard };
  }
}
