import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import type { ListedShard, StreamState } from '#app/ports/stream-state.ts';
import type { ShardId, StreamId } from '#core/brand.ts';
import { BEFORE_ALL, type Position } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { toDependencyError } from './dependency-error.ts';
import { streamInput } from './stream-identity.ts';

/** Reads that find nothing and are not at the end of the shard yet: Kinesis walks through empty parts step by step. */
const EMPTY_READS_MAX = 10;

/** What a Kinesis stream says of its shards. */
export class KinesisStreamState implements StreamState {
  readonly #client: KinesisClient;
  readonly #streamInput: ReturnType<typeof streamInput>;
  readonly #stream: StreamId;

  /** `nameOrArn`: a name alone is looked for in the caller's own account. */
  constructor(client: KinesisClient, nameOrArn: string, stream: StreamId) {
    this.#client = client;
    this.#streamInput = streamInput(nameOrArn);
    this.#stream = stream;
  }

  async listShards(): Promise<ListedShard[]> {
    const shards: ListedShard[] = [];
    let token: string | undefined;
    do {
      const input = token === undefined ? this.#streamInput : { NextToken: token };
      const page = await this.#call('ListShards', () => this.#client.send(new ListShardsCommand(input)));
      for (const { HashKeyRange: hashes, SequenceNumberRange: range, ShardId: id } of page.Shards ?? []) {
        if (id === undefined) continue;
        const closed = range?.EndingSequenceNumber !== undefined;
        const firstHash = hashes?.StartingHashKey;
        shards.push({
          key: { stream: this.#stream, shard: id as ShardId },
          closed,
          ...(firstHash !== undefined && { firstHash }),
        });
      }
      token = page.NextToken;
    } while (token !== undefined);
    return shards;
  }

  async isDrained({ shard }: ShardKey, position: Position): Promise<boolean> {
    // Within a record, its other events are still to come.
    if (position.events !== null) return false;
    let iterator = await this.#iteratorBehind(shard, position);
    for (let read = 0; read < EMPTY_READS_MAX; read++) {
      const input = { ShardIterator: iterator, Limit: 1 };
      const page = await this.#call('GetRecords', () => this.#client.send(new GetRecordsCommand(input)));
      if ((page.Records ?? []).length > 0) return false;
      if (page.NextShardIterator === undefined || (page.MillisBehindLatest ?? 0) === 0) return true;
      iterator = page.NextShardIterator;
    }
    return false;
  }

  async #iteratorBehind(shard: ShardId, { sequence }: Position): Promise<string> {
    const from =
      sequence === BEFORE_ALL.sequence
        ? ({ ShardIteratorType: 'TRIM_HORIZON' } as const)
        : ({
            ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
            StartingSequenceNumber: sequence,
          } as const);
    const { ShardIterator } = await this.#call('GetShardIterator', () =>
      this.#client.send(new GetShardIteratorCommand({ ...this.#streamInput, ShardId: shard, ...from })),
    );
    if (ShardIterator === undefined) throw new Error(`GetShardIterator gave no iterator for ${shard}`);
    return ShardIterator;
  }

  async #call<Result>(operation: string, send: () => Promise<Result>): Promise<Result> {
    try {
      return await send();
    } catch (error) {
      throw toDependencyError('stream', operation, error);
    }
  }
}
