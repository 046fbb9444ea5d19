import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, type MockInstance, test, vi } from 'vitest';
import { count, definePipeline, sum, tumbling } from 'weir';
import * as z from 'zod';
import { awsConfig } from '#adapters/aws-config.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import { queryAggregate } from '#app/query/query-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { aggregateInvocation } from '#functions/aggregate/aggregate-invocation.ts';
import { aggregateEnv } from '#functions/aggregate/env.ts';
import { type CreatedResources, createResources } from '#local/create-resources.ts';
import { resourceNames } from '#local/resource-names.ts';
import { kplOf } from '../../core/records/kpl-record.ts';
import { startServices, type TestServices } from '../../support/emulators.ts';

const names = resourceNames('orders');
const HALF = 2n ** 127n;
const pipeline = definePipeline({
  name: 'orders',
  schema: z.object({ id: z.string(), amount: z.number() }),
  eventTime: (_, arrival) => arrival,
  eventId: ({ id }) => id,
  aggregates: {
    all: { groupBy: [], window: tumbling('366d'), metrics: { orders: count(), total: sum('amount') } },
  },
});

let services: TestServices;
let resources: CreatedResources;
let client: DynamoDBClient;
let output: MockInstance<typeof process.stdout.write>;
let invoke: (event: KinesisStreamEvent, deadline: number) => Promise<KinesisStreamBatchResponse>;

beforeAll(async () => {
  services = await startServices();
  resources = await createResources(services.clients, names, 1);
  client = new DynamoDBClient(awsConfig());
  invoke = aggregateInvocation(
    pipeline,
    aggregateEnv.parse({
      WEIR_TABLE: names.table,
      WEIR_DEAD_LETTER_QUEUE_URL: resources.deadLetterQueueUrl,
      WEIR_DEAD_LETTER_BUCKET: names.deadLetterBucket,
    }),
  );
});
afterAll(async () => {
  client.destroy();
  await services.stop();
});
beforeEach(() => {
  output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => output.mockRestore());

const order = (id: string, amount: number) => JSON.stringify({ id, amount });

async function put(Data: Uint8Array | string, PartitionKey: string, ExplicitHashKey?: string): Promise<void> {
  const record = { Data: Buffer.from(Data), PartitionKey, ...(ExplicitHashKey && { ExplicitHashKey }) };
  await services.clients.kinesis.send(new PutRecordCommand({ StreamName: names.stream, ...record }));
}

/** Hands the function all that a shard holds, as Lambda would, and gives the metrics that it published. */
async function invokeWith(shard: string): Promise<Record<string, unknown>> {
  const { kinesis } = services.clients;
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      StreamName: names.stream,
      ShardId: shard,
      ShardIteratorType: 'TRIM_HORIZON',
    }),
  );
  const { Records: records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  const event: KinesisStreamEvent = {
    Records: records.map(({ SequenceNumber = '', PartitionKey = '', Data, ApproximateArrivalTimestamp }) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: PartitionKey,
        sequenceNumber: SequenceNumber,
        data: Buffer.from(Data ?? []).toString('base64'),
        approximateArrivalTimestamp: (ApproximateArrivalTimestamp?.getTime() ?? 0) / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shard}:${SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: names.roleArn,
      awsRegion: 'us-east-1',
      eventSourceARN: names.streamArn,
    })),
  };
  output.mockClear();
  expect(await invoke(event, Date.now() + 60_000)).toEqual({ batchItemFailures: [] });
  const lines = output.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('_aws'));
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

/** Splits the stream's only shard in the middle; the children. */
async function split(): Promise<string[]> {
  const { kinesis } = services.clients;
  const ShardToSplit = 'shardId-000000000000';
  await kinesis.send(
    new SplitShardCommand({ StreamName: names.stream, ShardToSplit, NewStartingHashKey: String(HALF) }),
  );
  for (;;) {
    const { Shards: shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: names.stream }));
    if (shards.length === 3) return shards.slice(1).map(({ ShardId: id = '' }) => id);
    await sleep(20);
  }
}

test('the function tells what was sent again, also by a KPL under which a shard is split, and says how much', async () => {
  await put(`${order('a', 1)}\n${order('b', 10)}`, 'p');
  await put(order('a', 1), 'p');
  expect(await invokeWith('shardId-000000000000')).toMatchObject({
    EventsReceived: 3,
    EventsAggregated: 2,
    EventsDuplicate: 1,
    IdsForgotten: 0,
  });

  const [left = '', right = ''] = await split();
  // The KPL knows the one shard: it sends two events there, sees where they are, and sends again.
  const entries = [
    { data: order('c', 100), hashKey: '0' },
    { data: order('d', 1000), hashKey: String(HALF) },
  ];
  await put(kplOf(entries), 'a', '0');
  await put(order('c', 100), 'c', '0');
  await put(order('d', 1000), 'd', String(HALF));
  await put(order('b', 10), 'b', String(HALF));
  expect(await invokeWith(left)).toMatchObject({
    EventsReceived: 3,
    EventsAggregated: 1,
    EventsDuplicate: 2,
  });
  expect(await invokeWith(right)).toMatchObject({
    EventsReceived: 2,
    EventsAggregated: 1,
    EventsDuplicate: 1,
  });

  const table = new DynamoTable(client, names.table, pipeline.name);
  const [all] = pipeline.aggregates;
  const rows = await queryAggregate({ table, compression: nodeCompression }, all ?? expect.fail());
  expect(rows.map(({ metrics }) => metrics)).toEqual([{ orders: 4, total: 1111 }]);
  expect((await readLedger(table)).total).toMatchObject({ received: 8, aggregated: 4, duplicate: 4 });
});
