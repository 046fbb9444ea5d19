import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { KinesisLineage } from '#adapters/kinesis-lineage.ts';
import type { ShardId, StreamId } from '#core/brand.ts';
import { createStream } from '#local/create-resources.ts';
import { startServices, type TestServices } from '../support/emulators.ts';

const NAME = 'orders';
const STREAM = 'orders@1' as StreamId;

async function active(client: KinesisClient): Promise<void> {
  for (;;) {
    const { StreamDescriptionSummary: stream } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName: NAME }),
    );
    if (stream?.StreamStatus === 'ACTIVE') return;
    await sleep(20);
  }
}

describe('the parents of a shard, and where it and they lie,', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await startServices();
    await createStream(services.clients.kinesis, NAME, 1);
  });
  afterAll(() => services.stop());

  const lineage = new KinesisLineage((stream) => (stream === STREAM ? NAME : undefined));
  const parentsOf = async (shard: string) =>
    (await lineage.parentsOf({ stream: STREAM, shard: shard as ShardId }))?.map((parent) => parent.shard);
  const lies = (shard = '') => lineage.of({ stream: STREAM, shard: shard as ShardId });

  test('are none, the one that was split, or the two that were merged', async () => {
    const { kinesis } = services.clients;
    const first = 'shardId-000000000000';
    expect(await parentsOf(first)).toEqual([]);
    const all = { first: 0n, last: 2n ** 128n - 1n };
    expect(await lies(first)).toEqual({ own: all, ancestors: [] });
    const split = { ShardToSplit: first, NewStartingHashKey: String(2n ** 127n) };
    await kinesis.send(new SplitShardCommand({ StreamName: NAME, ...split }));
    await active(kinesis);
    const children = async () => {
      const { Shards: shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: NAME }));
      return shards.filter(({ SequenceNumberRange: range }) => range?.EndingSequenceNumber === undefined);
    };
    const [left, right] = (await children()).map(({ ShardId: id = '' }) => id);
    expect(await parentsOf(left ?? '')).toEqual([first]);
    expect(await parentsOf(right ?? '')).toEqual([first]);
    const lower = { first: 0n, last: 2n ** 127n - 1n };
    const upper = { first: 2n ** 127n, last: all.last };
    expect(await lies(left)).toEqual({ own: lower, ancestors: [all] });
    expect(await lies(right)).toEqual({ own: upper, ancestors: [all] });
    const merge = { ShardToMerge: left, AdjacentShardToMerge: right };
    await kinesis.send(new MergeShardsCommand({ StreamName: NAME, ...merge }));
    await active(kinesis);
    const [merged] = await children();
    expect((await parentsOf(merged?.ShardId ?? ''))?.sort()).toEqual([left, right]);
    // The first shard is an ancestor on both sides.
    expect(await lies(merged?.ShardId)).toEqual({ own: all, ancestors: [lower, upper, all] });
    expect(await parentsOf('shardId-000000000099')).toBeUndefined();
    expect(await lies('shardId-000000000099')).toBeUndefined();
  });

  test('of a service that does not answer are an error of the stream', async () => {
    const unavailable = { name: 'DependencyError', dependency: 'stream', failure: 'unavailable' };
    await expect(
      lineage.parentsOf({ stream: 'another@1' as StreamId, shard: 'shardId-000000000000' as ShardId }),
    ).rejects.toThrow(/no stream is read that is another@1/);
    vi.stubEnv('AWS_ENDPOINT_URL_KINESIS', 'http://127.0.0.1:9');
    await expect(parentsOf('shardId-000000000000')).rejects.toMatchObject(unavailable);
    await expect(lies('shardId-000000000000')).rejects.toMatchObject(unavailable);
    vi.unstubAllEnvs();
  });
});
