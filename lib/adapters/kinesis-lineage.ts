import type { ShardLineage } from '#app/ports/shard-lineage.ts';
import type { ShardId, StreamId } from '#core/brand.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { toDependencyError } from './dependency-error.ts';
import { type MakeClient, makePlainClient } from './make-client.ts';
import { streamInput } from './stream-identity.ts';

/** Which shards a shard was made of, as Kinesis lists them. The client is loaded for that call alone: one a shard. */
export class KinesisLineage implements ShardLineage {
  readonly #nameOf: (stream: StreamId) => string | undefined;
  readonly #makeClient: MakeClient;

  /** `nameOf` gives the name or the ARN of a stream that the caller reads. */
  constructor(nameOf: (stream: StreamId) => string | undefined, makeClient: MakeClient = makePlainClient) {
    this.#nameOf = nameOf;
    this.#makeClient = makeClient;
  }

  async parentsOf({ stream, shard }: ShardKey): Promise<ShardKey[] | undefined> {
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
        const found = page.Shards?.find(({ ShardId: id }) => id === shard);
        if (found !== undefined) {
          const parents = [found.ParentShardId, found.AdjacentParentShardId];
          return parents.filter((id) => id !== undefined).map((id) => ({ stream, shard: id as ShardId }));
        }
        token = page.NextToken;
      } while (token !== undefined);
      return undefined;
    } catch (error) {
      throw toDependencyError('stream', 'ListShards', error);
    } finally {
      client.destroy();
    }
  }
}
