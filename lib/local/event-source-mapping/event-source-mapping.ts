import type { CheckpointStore } from './checkpoint-store.ts';
import { type MappingCounters, sumMappingCounters } from './mapping-counters.ts';
import {
  type Clock,
  type InvokeFunction,
  type SendToDestination,
  type StreamReader,
  SYSTEM_CLOCK,
} from './ports.ts';
import { readableShards } from './shard-lineage.ts';
import { ShardPoller } from './shard-poller.ts';
import type { ShardPollerSettings } from './shard-poller-settings.ts';

/** Time between two looks at the stream's shards, at least; no more often than they are polled. */
const DISCOVERY_INTERVAL_MS = 1000;

/**
 * kinesalite dates the records of a new shard up to a second ahead; only what is this much newer than a call of
 * `drained` shows that the shard is past it.
 */
const ARRIVAL_TOLERANCE_MS = 2000;

/** What a mapping works with. */
export interface EventSourceMappingOptions {
  readonly settings: ShardPollerSettings;
  readonly stream: StreamReader;
  readonly invoke: InvokeFunction;
  readonly sendToDestination?: SendToDestination | undefined;
  readonly checkpoints: CheckpointStore;
  readonly streamArn: string;
  readonly functionArn: string;
  readonly log: (line: string) => void;
  readonly clock?: Clock;
}

/** Lambda's event source mapping between one Kinesis stream and one function. */
export class EventSourceMapping {
  readonly #options: EventSourceMappingOptions;
  readonly #clock: Clock;
  readonly #pollers = new Map<string, ShardPoller>();
  readonly #running = new Set<Promise<void>>();
  #waiting: (() => void)[] = [];
  #discoveriesStarted = 0;
  /** The last look at the shards that found none that is still to be started. */
  #allStartedAt = 0;
  #discoverAgain = false;
  #stopped = false;
  #wake: () => void = () => {};
  #loop: Promise<void> | undefined;

  constructor(options: EventSourceMappingOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  /** Begins to read, each shard at its checkpoint, without one at its oldest record. */
  start(): void {
    this.#loop ??= this.#discover();
  }

  /** What all shards' pollers have done since the start. */
  counters(): MappingCounters {
    return sumMappingCounters([...this.#pollers.values()].map((poller) => poller.state.counters));
  }

  /** Age of the oldest record that was read and is not processed; 0 without one. */
  iteratorAgeMs(): number {
    const nowMs = this.#clock.nowMs();
    return Math.max(0, ...[...this.#pollers.values()].map((poller) => poller.state.iteratorAgeMs(nowMs)));
  }

  /**
   * Resolves when every record that was in the stream at the call is processed or given up, in all shards, also in
   * those that are children of a split or a merge. Rejects when the mapping is stopped before.
   */
  async drained(): Promise<void> {
    const arrivalMs = this.#clock.nowMs() + ARRIVAL_TOLERANCE_MS;
    const discovery = this.#discoveriesStarted;
    const marks = new Map([...this.#pollers].map(([shardId, poller]) => [shardId, poller.state.mark()]));
    for (const poller of this.#pollers.values()) poller.readSoon();
    this.#discoverSoon();
    while (true) {
      if (this.#stopped)
        throw new Error('the event source mapping was stopped before the stream was drained');
      const pollers = [...this.#pollers];
      const listed = this.#allStartedAt > discovery;
      // A shard that was not there at the call has nothing to be past but its own start.
      if (listed && pollers.every(([id, poller]) => poller.state.isPast(marks.get(id) ?? 0, arrivalMs)))
        return;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** Begins nothing new, waits for what is under way, and keeps the checkpoints. May be called again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    for (const poller of this.#pollers.values()) poller.stop();
    await this.#loop;
    await Promise.all(this.#running);
    this.#tell();
    await this.#options.checkpoints.flush();
  }

  async #discover(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#startShards();
      } catch (error) {
        if (!this.#stopped)
          this.#options.log(`listing the stream's shards failed and is tried again: ${String(error)}`);
      }
      if (!this.#discoverAgain && !this.#stopped) {
        await new Promise<void>((resolve) => {
          const cancel = this.#clock.setTimer(
            resolve,
            Math.max(DISCOVERY_INTERVAL_MS, this.#options.settings.pollIntervalMs),
          );
          this.#wake = () => {
            cancel();
            resolve();
          };
        });
      }
      this.#discoverAgain = false;
      this.#wake = () => {};
    }
  }

  #discoverSoon(): void {
    this.#discoverAgain = true;
    this.#wake();
  }

  async #startShards(): Promise<void> {
    const { checkpoints, stream } = this.#options;
    this.#discoveriesStarted += 1;
    const discovery = this.#discoveriesStarted;
    const listed = await stream.listShards();
    if (this.#stopped) return;
    checkpoints.keepOnly(new Set(listed.map((shard) => shard.shardId)));
    const isFinished = (shardId: string) => checkpoints.get(shardId)?.finished === true;
    for (const { shardId, closed } of readableShards(listed, isFinished)) {
      const poller = this.#pollers.get(shardId) ?? this.#startPoller(shardId, closed);
      if (closed) poller.close();
    }
    if (listed.every(({ shardId }) => isFinished(shardId) || this.#pollers.has(shardId))) {
      this.#allStartedAt = discovery;
    }
    this.#tell();
  }

  #startPoller(shardId: string, closed: boolean): ShardPoller {
    const { checkpoints, functionArn, invoke, log, sendToDestination, settings, stream, streamArn } =
      this.#options;
    const reader = stream.shard(shardId);
    const clock = this.#clock;
    const poller = new ShardPoller(
      {
        ...{ shardId, settings, reader, invoke, sendToDestination, checkpoints, clock },
        ...{ functionArn, streamArn, log, onProgress: () => this.#tell() },
      },
      closed,
    );
    this.#pollers.set(shardId, poller);
    const running = poller.run().finally(() => {
      this.#running.delete(running);
      this.#discoverSoon();
    });
    this.#running.add(running);
    return poller;
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
