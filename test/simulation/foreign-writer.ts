import { EMPTY_REGISTRY, isRegistered } from '#core/protocol/registry.ts';
import type { MemoryTable } from './memory-table.ts';
import { Random } from './random.ts';
import { STREAM } from './simulated-function.ts';
import type { SimulatedStream } from './simulated-stream.ts';
import type { World } from './world.ts';

/**
 * Another writer of heads, as redriving and repairing will be: it adds one to `rev`, and carries position, pending
 * deltas and folds on as they are.
 */
export class ForeignWriter {
  readonly #world: World;
  readonly #table: MemoryTable;
  readonly #stream: SimulatedStream;
  readonly #random: Random;

  constructor(world: World, table: MemoryTable, stream: SimulatedStream) {
    this.#world = world;
    this.#table = table;
    this.#stream = stream;
    this.#random = new Random(world.plan.seed, 'foreign writer');
  }

  write(): void {
    if (!this.#world.dice.strikes('foreign_write', this.#random)) return;
    const shard = { stream: STREAM, shard: this.#random.pick(this.#stream.shards).id };
    const head = this.#table.readHead(shard);
    // What has left the registry is written by nobody any more.
    if (head === undefined || !isRegistered(this.#table.registry ?? EMPTY_REGISTRY, shard)) return;
    this.#world.trace(`somebody else writes head ${head.rev + 1} of ${shard.shard}`);
    this.#table.writeHead(shard, { ...head, rev: head.rev + 1 });
  }
}
