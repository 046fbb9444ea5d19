import { DependencyError } from '#app/ports/dependency-error.ts';
import type { ScaleStates } from '#app/ports/scale-states.ts';
import type { MoveOutcome, ShardControl } from '#app/ports/shard-control.ts';
import type { WriteOutcome } from '#app/ports/table.ts';
import { type ScaleDeps, type ScaleReport, scaleStream } from '#app/scale/scale-stream.ts';
import type { HashPosition, ShardId, StreamId } from '#core/brand.ts';
import type { Move } from '#core/scale/moves.ts';
import type { ScaleSettings } from '#core/scale/scale-settings.ts';
import type { ScaleState } from '#core/scale/scale-state.ts';
import { type KeyLoad, MINUTE, StreamModel, seeded } from '#test/core/scale/stream-model.ts';

const STREAM = 'the-stream@1' as StreamId;
/** What a split or a merge takes. */
const MOVE_MS = 30_000;

/** The port over the model of a stream, where a move takes its time; with the table's one item, and faults. */
export class ModelControl implements ShardControl, ScaleStates {
  readonly model: StreamModel;
  readonly settings: ScaleSettings;
  load: readonly KeyLoad[] = [];
  nowMs: number;
  mode: 'provisioned' | 'on-demand' = 'provisioned';
  isTableDown = false;
  /** What is answered to a move in place of making it. */
  refusal: DependencyError | undefined;
  /** Done before a move is made. */
  beforeMove: () => void = () => {};
  #activeFrom = 0;
  #stored: ScaleState | undefined;

  constructor(settings: ScaleSettings, shards: number, seed = 1) {
    this.settings = settings;
    this.model = new StreamModel(settings, shards, seeded(seed));
    this.nowMs = this.model.now;
  }

  get deps(): ScaleDeps {
    return {
      stream: this,
      states: this,
      settings: this.settings,
      now: () => this.nowMs,
      random: () => 0.5,
      wait: async () => {
        this.nowMs += 2000;
      },
    };
  }

  get stored(): ScaleState | undefined {
    return this.#stored;
  }

  /** A minute goes by, and a run is made. */
  minute(timeMs = 5 * MINUTE): Promise<ScaleReport> {
    this.nowMs += MINUTE;
    return scaleStream(this.deps, this.nowMs + timeMs);
  }

  async minutes(count: number): Promise<ScaleReport[]> {
    const reports: ScaleReport[] = [];
    for (let i = 0; i < count; i++) reports.push(await this.minute());
    return reports;
  }

  async status() {
    const active = this.nowMs >= this.#activeFrom;
    return { stream: STREAM, mode: this.mode, active, openShards: this.model.shards.length };
  }

  async openShards() {
    return this.model.shards;
  }

  async sample(shard: ShardId) {
    const found = this.model.shards.find((one) => one.shard === shard);
    if (found === undefined) throw new DependencyError('stream', 'refused', 'no such shard');
    return this.model.sample(found.range, this.load);
  }

  split(shard: ShardId, at: HashPosition): Promise<MoveOutcome> {
    return this.#move({ type: 'split', shard, at, reason: '' });
  }

  merge(shard: ShardId, neighbour: ShardId): Promise<MoveOutcome> {
    return this.#move({ type: 'merge', shard, neighbour, reason: '' });
  }

  async read() {
    if (this.isTableDown) throw new DependencyError('table', 'unavailable', 'no answer');
    return this.#stored;
  }

  async write(_stream: StreamId, state: ScaleState): Promise<WriteOutcome> {
    if (state.rev - 1 !== (this.#stored?.rev ?? 0)) return 'conflict';
    this.#stored = state;
    return 'written';
  }

  async #move(move: Move): Promise<MoveOutcome> {
    this.beforeMove();
    if (this.refusal !== undefined) throw this.refusal;
    const isOpen = this.model.shards.some(({ shard }) => shard === move.shard);
    if (this.nowMs < this.#activeFrom || !isOpen) return 'overtaken';
    this.model.make(move);
    this.#activeFrom = this.nowMs + MOVE_MS;
    return 'begun';
  }
}
