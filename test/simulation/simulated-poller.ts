import type {
  DiscardedBatch,
  DiscardOutcome,
  InvocationOutcome,
  PolledRecord,
  ShardRead,
} from '#local/event-source-mapping/shard-poller-action.ts';
import type { ShardPollerSettings } from '#local/event-source-mapping/shard-poller-settings.ts';
import { ShardPollerState } from '#local/event-source-mapping/shard-poller-state.ts';
import type { Happening, VirtualClock } from './virtual-clock.ts';

/** What a poller reads and whom it tells. Ends are told by callbacks, at once or at another virtual time. */
export interface PollerParts<Polled extends PolledRecord> {
  readonly clock: VirtualClock;
  readonly settings: ShardPollerSettings;
  /** The last record that is processed already. */
  readonly checkpoint: string | undefined;
  /** `done` gets nothing where the read fails. */
  readonly read: (
    after: string | undefined,
    recordsMax: number,
    done: (read: ShardRead<Polled> | undefined) => void,
  ) => void;
  readonly invoke: (records: readonly Polled[], done: (outcome: InvocationOutcome) => void) => void;
  readonly discard: (batch: DiscardedBatch<Polled>, done: (outcome: DiscardOutcome) => void) => void;
  readonly onCheckpoint: (sequenceNumber: string) => void;
  readonly onFinished: () => void;
}

/** Drives the state machine of one shard on virtual time, and has no rule of its own. */
export class SimulatedPoller<Polled extends PolledRecord> {
  readonly state: ShardPollerState<Polled>;
  readonly #parts: PollerParts<Polled>;
  #wakeUp: Happening | undefined;
  #isGoing = false;
  #isStopped = false;

  constructor(parts: PollerParts<Polled>) {
    this.#parts = parts;
    this.state = new ShardPollerState(parts.settings, parts.checkpoint);
  }

  /** Nothing is begun any more, and the ends of what is under way are not heard. */
  stop(): void {
    this.#isStopped = true;
    this.#callOffWakeUp();
  }

  readSoon(): void {
    this.state.readSoon();
    this.go();
  }

  /** Does what is to be done now. */
  go(): void {
    // An end that is told at once comes back here; the loop that is under way goes on with it.
    if (this.#isGoing) return;
    this.#isGoing = true;
    while (!this.#isStopped && this.#step()) {
      // Until it waits or is finished.
    }
    this.#isGoing = false;
  }

  #step(): boolean {
    const { clock, discard, invoke, onCheckpoint, onFinished, read } = this.#parts;
    const { state } = this;
    const action = state.next(clock.nowMs);
    switch (action.type) {
      case 'read':
        read(
          action.after,
          action.recordsMax,
          this.#told((page) => {
            if (page === undefined) state.readFailed(clock.nowMs);
            else state.recordsRead(page, clock.nowMs);
          }),
        );
        return true;
      case 'invoke':
        invoke(
          action.records,
          this.#told((outcome) => state.invocationEnded(outcome, clock.nowMs)),
        );
        return true;
      case 'discard':
        discard(
          action,
          this.#told((outcome) => state.discardEnded(outcome)),
        );
        return true;
      case 'checkpoint':
        onCheckpoint(action.sequenceNumber);
        return true;
      case 'wait':
        this.#callOffWakeUp();
        if (action.untilMs !== undefined) this.#wakeUp = clock.at(action.untilMs, () => this.go());
        break;
      case 'finished':
        this.stop();
        onFinished();
    }
    return false;
  }

  #told<Told>(tell: (told: Told) => void): (told: Told) => void {
    return (told) => {
      if (this.#isStopped) return;
      tell(told);
      this.go();
    };
  }

  #callOffWakeUp(): void {
    if (this.#wakeUp !== undefined) this.#wakeUp.run = undefined;
    this.#wakeUp = undefined;
  }
}
