import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeStreamSummaryCommand,
  ExpiredIteratorException,
  GetRecordsCommand,
  type KinesisClient,
  MergeShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createStream } from '#local/create-resources.ts';
import type { EmulatorClients } from '#local/emulator-clients.ts';
import { emulatorClients } from '#local/emulator-clients.ts';
import type { Emulator } from '#local/emulators/emulator.ts';
import { startKinesalite } from '#local/emulators/kinesalite.ts';
import { kinesisStreamReader } from '#local/event-source-mapping/kinesis-stream-reader.ts';
import type { ShardReader, StreamReader } from '#local/event-source-mapping/ports.ts';

const HALF_OF_KEYS = (2n ** 127n).toString();
const SOURCE = { region: 'us-east-1', streamArn: 'arn:stream', roleArn: 'arn:role' };

let emulator: Emulator;
let clients: EmulatorClients;
let client: KinesisClient;
let reader: StreamReader;

beforeEach(async () => {
  emulator = await startKinesalite();
  const { endpoint } = emulator;
  clients = emulatorClients({ kinesis: endpoint, dynamodb: endpoint, sqs: endpoint, s3: endpoint });
  client = clients.kinesis;
  await createStream(client, 'events', 1);
  reader = kinesisStreamReader(client, 'events', SOURCE);
});

afterEach(async () => {
  clients.destroy();
  await emulator.stop();
});

async function put(from: number, count: number, bytes = 10): Promise<void> {
  const Records = Array.from({ length: count }, (_, index) => ({
    PartitionKey: String(from + index),
    Data: Buffer.alloc(bytes, from + index),
  }));
  await client.send(new PutRecordsCommand({ StreamName: 'events', Records }));
}

async function active(): Promise<void> {
  const status = async () =>
    (await client.send(new DescribeStreamSummaryCommand({ StreamName: 'events' }))).StreamDescriptionSummary
      ?.StreamStatus;
  while ((await status()) !== 'ACTIVE') await sleep(10);
}

/** Reads until a read finds nothing; the partition keys, and whether the shard has ended. */
async function readAll(shard: ShardReader, after?: string, closed = false) {
  const keys: number[] = [];
  let last = after;
  while (true) {
    const { endOfShard, records } = await shard.read(last, 100, closed);
    for (const { json } of records) {
      keys.push(Number((JSON.parse(json) as { kinesis: { partitionKey: string } }).kinesis.partitionKey));
    }
    last = records.at(-1)?.sequenceNumber ?? last;
    if (records.length === 0 || endOfShard) return { keys, last, endOfShard };
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

test('all records in their order, also those that come later', async () => {
  const shard = reader.shard('shardId-000000000000');
  expect(await readAll(shard)).toEqual({ keys: [], last: undefined, endOfShard: false });
  await put(0, 250);
  const first = await readAll(shard);
  expect(first.keys).toEqual(range(0, 250));
  await put(250, 3);
  const second = await readAll(shard, first.last);
  expect(second.keys).toEqual([250, 251, 252]);
  expect(await readAll(shard, second.last)).toMatchObject({ keys: [], endOfShard: false });
});

test('from a place in the stream, as after a restart', async () => {
  await put(0, 120);
  const all = await readAll(reader.shard('shardId-000000000000'));
  const { records } = await reader.shard('shardId-000000000000').read(undefined, 50, false);
  const rest = await readAll(reader.shard('shardId-000000000000'), records.at(-1)?.sequenceNumber);
  expect(rest.keys).toEqual(range(50, 120));
  expect(rest.last).toBe(all.last);
});

test('the first records of a shard, whenever they come', async () => {
  // An iterator behind nothing is at a second: a record of the same one must not be passed over.
  const shard = reader.shard('shardId-000000000000');
  for (let reads = 0; reads < 30; reads++) {
    await shard.read(undefined, 100, false);
    await sleep(5);
  }
  await put(0, 1);
  expect((await readAll(shard)).keys).toEqual([0]);
});

test('as long as there was no record, every read begins at the beginning', async () => {
  const asked: string[] = [];
  client.middlewareStack.add((next) => (args) => {
    const { ShardIteratorType } = args.input as { ShardIteratorType?: string };
    if (ShardIteratorType !== undefined) asked.push(ShardIteratorType);
    return next(args);
  });
  const shard = reader.shard('shardId-000000000000');
  for (let reads = 0; reads < 3; reads++) await shard.read(undefined, 100, false);
  expect(asked).toEqual(['TRIM_HORIZON', 'TRIM_HORIZON', 'TRIM_HORIZON']);
  await put(0, 1);
  const { last } = await readAll(shard);
  await shard.read(last, 100, false);
  expect(asked).toHaveLength(4);
});

test('records as large as they may be', async () => {
  for (let index = 0; index < 6; index++) await put(index, 1, 1_000_000);
  expect((await readAll(reader.shard('shardId-000000000000'))).keys).toEqual(range(0, 6));
});

test('a split and a merge: parents end, children tell their parents', async () => {
  await put(0, 5);
  await client.send(
    new SplitShardCommand({
      StreamName: 'events',
      ShardToSplit: 'shardId-000000000000',
      NewStartingHashKey: HALF_OF_KEYS,
    }),
  );
  await active();
  await put(5, 40);
  const afterSplit = await reader.listShards();
  expect(afterSplit).toEqual([
    { shardId: 'shardId-000000000000', parentShardIds: [], closed: true },
    { shardId: 'shardId-000000000001', parentShardIds: ['shardId-000000000000'], closed: false },
    { shardId: 'shardId-000000000002', parentShardIds: ['shardId-000000000000'], closed: false },
  ]);
  await client.send(
    new MergeShardsCommand({
      StreamName: 'events',
      ShardToMerge: 'shardId-000000000001',
      AdjacentShardToMerge: 'shardId-000000000002',
    }),
  );
  await active();
  await put(45, 5);
  const shards = await reader.listShards();
  expect(shards.at(-1)).toEqual({
    shardId: 'shardId-000000000003',
    parentShardIds: ['shardId-000000000001', 'shardId-000000000002'],
    closed: false,
  });
  const read = await Promise.all(
    shards.map(({ closed, shardId }) => readAll(reader.shard(shardId), undefined, closed)),
  );
  expect(read[0]).toMatchObject({ keys: range(0, 5) });
  expect([...(read[1]?.keys ?? []), ...(read[2]?.keys ?? [])].toSorted((a, b) => a - b)).toEqual(
    range(5, 45),
  );
  expect(read[3]).toMatchObject({ keys: range(45, 50), endOfShard: false });
  for (const [index, { closed, shardId }] of shards.entries()) {
    let ended = read[index]?.endOfShard ?? false;
    const shard = reader.shard(shardId);
    // kinesalite tells the end of a shard with an empty read behind its end only.
    for (let tries = 0; tries < 5 && !ended; tries++) {
      ended = (await readAll(shard, read[index]?.last, closed)).endOfShard;
    }
    expect(ended).toBe(closed);
  }
});

test('a closed shard in which nothing ever was ends too', async () => {
  const split = {
    StreamName: 'events',
    ShardToSplit: 'shardId-000000000000',
    NewStartingHashKey: HALF_OF_KEYS,
  };
  await client.send(new SplitShardCommand(split));
  await active();
  const shard = reader.shard('shardId-000000000000');
  const reads = [];
  while (reads.at(-1)?.endOfShard !== true) reads.push(await shard.read(undefined, 100, true));
  expect(reads.flatMap(({ records }) => records)).toEqual([]);
});

test('an iterator that has expired is replaced by a new one at the same place', async () => {
  await put(0, 10);
  const { endpoint } = emulator;
  const shortLived = emulatorClients({ kinesis: endpoint, dynamodb: endpoint, sqs: endpoint, s3: endpoint });
  const used = new Set<string>();
  let expired = 0;
  shortLived.kinesis.middlewareStack.add((next) => async (args) => {
    const { Limit, ShardIterator = '' } = args.input as GetRecordsCommand['input'];
    // Every iterator but a fresh one of GetShardIterator is too old.
    if (Limit !== undefined && used.has(ShardIterator)) {
      expired += 1;
      throw new ExpiredIteratorException({ message: 'expired', $metadata: {} });
    }
    const answer = await next(args);
    const { NextShardIterator } = answer.output as { NextShardIterator?: string };
    if (NextShardIterator !== undefined) used.add(NextShardIterator);
    return answer;
  });
  const shard = kinesisStreamReader(shortLived.kinesis, 'events', SOURCE).shard('shardId-000000000000');
  let after: string | undefined;
  const keys: number[] = [];
  for (let reads = 0; reads < 6; reads++) {
    const { records } = await shard.read(after, 3, false);
    after = records.at(-1)?.sequenceNumber ?? after;
    keys.push(
      ...records.map(({ json }) =>
        Number((JSON.parse(json) as { kinesis: { partitionKey: string } }).kinesis.partitionKey),
      ),
    );
  }
  expect(keys).toEqual(range(0, 10));
  expect(expired).toBeGreaterThan(0);
  shortLived.destroy();
});
