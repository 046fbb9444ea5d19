import type { CheckpointStore } from './checkpoint-store.ts';
import { failedBatchMessage } from './failed-batch-message.ts';
import { lambdaEventJson } from './lambda-event.ts';
import type { Clock, InvokeFunction, SendToDestination, ShardReader, StreamRecord } from './ports.ts';
import type { DiscardedBatch } from './shard-poller-action.ts';
import type { ShardPollerSettings } from './shard-poller-settings.ts';
import { ShardPollerState } from './shard-poller-state.ts';

/** What a shard's poller works with. */
export interface ShardPollerOptions {
  readonly shardId: string;
  readonly settings: ShardPollerSettings;
  readonly reader: ShardReader;
  readonly invoke: InvokeFunction;
  /** None: what is given up is counted as dropped. */
  readonly sendToDestination: SendToDestination | undefined;
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
  readonly functionArn: string;
  readonly streamArn: string;
  /** Told what an operator should know, without payloads. */
  readonly log: (line: string) => void;
  /** Called when something has ended. */
  readonly onProgress: () => void;
}

/** Drives the state machine of one shard: real reads, invocations and timers, and no rule of its own. */
export class ShardPoller {
  readonly state: ShardPollerState<StreamRecord>;
  readonly #options: ShardPollerOptions;
  readonly #underWay = new Set<Promise<void>>();
  #closed: boolean;
  #stopped = false;
  #lastRequestId: string | undefined;
  #wake: () => void = () => {};

  constructor(options: ShardPollerOptions, closed: boolean) {
    this.#options = options;
    this.#closed = closed;
    const checkpoint = options.checkpoints.get(options.shardId);
    this.state = new ShardPollerState(options.settings, checkpoint?.sequenceNumber);
  }

  /** Works until the shard is finished or `stop` is called. */
  async run(): Promise<void> {
    const { checkpoints, clock, shardId } = this.#options;
    while (!this.#stopped) {
      const action = this.state.next(clock.nowMs());
      switch (action.type) {
        case 'read':
          this.#start(this.#read(action.after, action.recordsMax));
          break;
        case 'invoke':
          this.#start(this.#invoke(action.records));
          break;
        case 'discard':
          this.#start(this.#discard(action));
          break;
        case 'checkpoint':
          checkpoints.set(shardId, { sequenceNumber: action.sequenceNumber, finished: false });
          break;
        case 'wait':
          await this.#wait(action.untilMs);
          break;
        case 'finished':
          checkpoints.set(shardId, { ...checkpoints.get(shardId), finished: true });
          return;
      }
    }
    await Promise.all(this.#underWay);
    // What ended meanwhile may have moved the checkpoint.
    const sequenceNumber = this.state.takeCheckpoint();
    if (sequenceNumber !== undefined) checkpoints.set(shardId, { sequenceNumber, finished: false });
  }

  /** Nothing new is begun; `run` resolves when what is under way has ended. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Nothing is put into the shard any more. */
  close(): void {
    this.#closed = true;
  }

  readSoon(): void {
    this.state.readSoon();
    this.#wake();
  }

  #start(work: Promise<void>): void {
    const tracked = work.finally(() => {
      this.#underWay.delete(tracked);
      this.#wake();
      this.#options.onProgress();
    });
    this.#underWay.add(tracked);
  }

  async #wait(untilMs: number | undefined): Promise<void> {
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel =
        untilMs === undefined ? () => {} : clock.setTimer(resolve, Math.max(0, untilMs - clock.nowMs()));
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = () => {};
  }

  async #read(after: string | undefined, recordsMax: number): Promise<void> {
    const { clock, log, reader, shardId } = this.#options;
    try {
      const read = await reader.read(after, recordsMax, this.#closed);
      this.state.recordsRead(read, clock.nowMs());
    } catch (error) {
      this.state.readFailed(clock.nowMs());
      if (!this.#stopped) log(`reading ${shardId} failed and is tried again: ${describe(error)}`);
    }
  }

  async #invoke(records: readonly StreamRecord[]): Promise<void> {
    const { clock, invoke } = this.#options;
    const { requestId, outcome } = await invoke(lambdaEventJson(records));
    this.#lastRequestId = requestId;
    this.state.invocationEnded(outcome, clock.nowMs());
  }

  async #discard(batch: DiscardedBatch<StreamRecord>): Promise<void> {
    const { clock, functionArn, log, sendToDestination, shardId, streamArn } = this.#options;
    const what = `${batch.records.length} records of ${shardId}, given up: ${batch.condition}`;
    if (sendToDestination === undefined) {
      log(`${what}; there is no on-failure destination`);
      this.state.discardEnded('no_destination');
      return;
    }
    const requestId = batch.invocations === 0 ? undefined : this.#lastRequestId;
    const origin = { functionArn, streamArn, shardId, requestId, nowMs: clock.nowMs() };
    try {
      await sendToDestination(JSON.stringify(failedBatchMessage(batch, origin)));
      log(`${what}; the on-failure destination is told`);
      this.state.discardEnded('delivered');
    } catch (error) {
      log(`${what}; the on-failure destination could not be told: ${describe(error)}`);
      this.state.discardEnded('not_delivered');
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
