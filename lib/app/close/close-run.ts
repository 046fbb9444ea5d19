import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { otherGenerations } from '#core/protocol/definitions.ts';
import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import {
  changed,
  EMPTY_REGISTRY,
  isSameShard,
  type Registry,
  type ShardKey,
} from '#core/protocol/registry.ts';
import type { ListedShard } from '../ports/stream-state.ts';
import type { ShardHead } from '../query/read-heads.ts';
import type { CloseDeps } from './deps.ts';

/** Somebody else wrote what this run wanted to write: it must begin again from what is stored now. */
export class CloseConflict extends Error {
  override readonly name = 'CloseConflict';
}

/** What one run knows of the pipeline, and its conditional writes. Any of them may throw `CloseConflict`. */
export class CloseRun {
  readonly listed: readonly ListedShard[];
  readonly #deps: CloseDeps;
  #registry: Registry;
  #heads: ShardHead[] = [];

  private constructor(deps: CloseDeps, registry: Registry, listed: readonly ListedShard[]) {
    this.#deps = deps;
    this.#registry = registry;
    this.listed = listed;
  }

  /**
   * Registers every shard of the stream and makes the heads that are missing, before anything is closed: a shard that
   * starts late on a backlog would find much of it late otherwise.
   */
  static async begin(deps: CloseDeps): Promise<CloseRun> {
    const registry = (await deps.table.readRegistry()) ?? EMPTY_REGISTRY;
    const listed = await deps.stream.listShards();
    const run = new CloseRun(deps, registry, listed);
    await run.#register();
    run.#heads = await Promise.all(
      run.#registry.shards.map(async (shard) => ({ shard, head: await run.#headOf(shard) })),
    );
    return run;
  }

  get registry(): Registry {
    return this.#registry;
  }

  /** What is closed: the pipeline's aggregates, and their other generations, which it reads as well. */
  get aggregates(): readonly Aggregate[] {
    const { definitions } = this.#registry;
    return this.#deps.pipeline.aggregates.flatMap((aggregate) => [
      aggregate,
      ...otherGenerations(aggregate, definitions).map((other) => other.aggregate),
    ]);
  }

  /** The heads of all registered shards, as read or written last. */
  get heads(): readonly ShardHead[] {
    return this.#heads;
  }

  async changeRegistry(change: Parameters<typeof changed>[1]): Promise<void> {
    const next = changed(this.#registry, change);
    if ((await this.#deps.table.writeRegistry(next)) === 'conflict') throw new CloseConflict('registry');
    this.#registry = next;
  }

  /** Writes a head that differs from the stored one in `change`. */
  async changeHead({ shard, head }: ShardHead, change: Partial<Head>): Promise<ShardHead> {
    const next = { shard, head: { ...head, ...change, rev: head.rev + 1 } };
    if ((await this.#deps.table.writeHead(shard, next.head)) === 'conflict')
      throw new CloseConflict(shard.shard);
    this.#heads = this.#heads.map((known) => (isSameShard(known.shard, shard) ? next : known));
    return next;
  }

  async #register(): Promise<void> {
    const { shards, gone } = this.#registry;
    const isListed = (shard: ShardKey) => this.listed.some(({ key }) => isSameShard(key, shard));
    const isKnown = (shard: ShardKey) => [...shards, ...gone].some((known) => isSameShard(known, shard));
    const added = this.listed.map(({ key }) => key).filter((shard) => !isKnown(shard));
    const forgotten = gone.filter((shard) => !isListed(shard));
    if (added.length === 0 && forgotten.length === 0) return;
    await this.changeRegistry({ shards: [...shards, ...added], gone: gone.filter(isListed) });
  }

  async #headOf(shard: ShardKey): Promise<Head> {
    const stored = await this.#deps.table.readHead(shard);
    if (stored !== undefined) return stored;
    const head: Head = { ...EMPTY_HEAD, rev: 1, watermark: this.#registry.closedThrough };
    if ((await this.#deps.table.writeHead(shard, head)) === 'conflict') throw new CloseConflict(shard.shard);
    return head;
  }
}
