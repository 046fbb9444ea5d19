import type { Shard } from '@aws-sdk/client-kinesis';
import type { HashKeys } from '#app/ports/hash-keys.ts';
import type { ShardLineage } from '#app/ports/shard-lineage.ts';
import type { ShardId, StreamId } from '#core/brand.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { type HashKeyRange, parseHashKey, type ShardHashKeys } from '#core/records/hash-keys.ts';
import { toDependencyError } from './dependency-error.ts';
import { type MakeClient, makePlainClient } from './make-client.ts';
import { streamInput } from './stream-identity.ts';

/**
 * Which shards a shard was made of, and where they lie, as Kinesis lists them. The client is loaded for that call alone:
 * one or two a shard.
 */
export class KinesisLineage implements ShardLineage, HashKeys {
  readonly #nameOf: (stream: StreamId) => string | undefined;
  readonly #makeClient: MakeClient;

  /** `nameOf` gives the name or the ARN of a stream that the caller reads. */
  constructor(nameOf: (stream: StreamId) => string | undefined, makeClient: MakeClient = makePlainClient) {
    this.#nameOf = nameOf;
    this.#makeClient = makeClient;
  }

  async parentsOf({ stream, shard }: ShardKey): Promise<ShardKey[] | undefined> {
    for await (const found of this.#list(stream)) {
      if (found.ShardId === shard) return parentIds(found).map((id) => ({ stream, shard: id as ShardId }));
    }
    return undefined;
  }

  async of({ stream, shard }: ShardKey): Promise<ShardHashKeys | undefined> {
    const listed = new Map<string, Shard>();
    for await (const found of this.#list(stream)) listed.set(found.ShardId ?? '', found);
    const own = listed.get(shard);
    if (own === undefined) return undefined;
    // Grows while it is walked.
    const family = new Set([own]);
    for (const member of family) {
      for (const id of parentIds(member)) {
        const parent = listed.get(id);
        if (parent !== undefined) family.add(parent);
      }
    }
    const [range, ...ancestors] = [...family].map(rangeOf);
    return range && { own: range, ancestors };
  }

  /** All shards of a stream, those that ended too. */
  async *#list(stream: StreamId): AsyncGenerator<Shard> {
    const name = this.#nameOf(stream);
    if (name === undefined) throw new TypeError(`no stream is read that is ${stream}`);
    const { KinesisClient, ListShardsCommand } = await import('@aws-sdk/client-kinesis');
    const client = this.#makeClient(
      (config) => new KinesisClient(config),
      () => 'stream_reads',
    );
    try {
      let token: string | undefined;
      do {
        const input = token === undefined ? streamInput(name) : { NextToken: token };
        const page = await client.send(new ListShardsCommand(input));
        yield* page.Shards ?? [];
        token = page.NextToken;
      } while (token !== undefined);
    } catch (error) {
      throw toDependencyError('stream', 'ListShards', error);
    } finally {
      client.destroy();
    }
  }
}

function parentIds({ ParentShardId, AdjacentParentShardId }: Shard): string[] {
  return [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined);
}

function rangeOf({ HashKeyRange: range, ShardId: id }: Shard): HashKeyRange {
  const first = parseHashKey(range?.StartingHashKey ?? '');
  const last = parseHashKey(range?.EndingHashKey ?? '');
  if (first === undefined || last === undefined)
    throw new TypeError(`Kinesis lists ${id} without its hash keys`);
  return { first, last };
}
