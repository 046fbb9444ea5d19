import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, GetShardIteratorCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { KinesisStreamEvent } from 'aws-lambda';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  type MockInstance,
  test,
  vi,
} from 'vitest';
import { count, definePipeline, tumbling } from 'weir';
import * as z from 'zod';
import { awsConfig } from '#adapters/aws-config.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import { queryAggregate } from '#app/query/query-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { ENVIRONMENT_METRICS } from '#contracts/environment-metrics.ts';
import { METRICS, METRICS_NAMESPACE, type MetricDefinition } from '#contracts/metrics.ts';
import { aggregateInvocation } from '#functions/aggregate/aggregate-invocation.ts';
import { aggregateEnv } from '#functions/aggregate/env.ts';
import { type CreatedResources, createResources } from '#local/create-resources.ts';
import { resourceNames } from '#local/resource-names.ts';
import flights from '#pipelines/flights.ts';
import { startServices, type TestServices } from '../../support/emulators.ts';

const SHARD = 'shardId-000000000000';
const names = resourceNames('flights');
const flight = { date: '2001/01/31 11:05', delay: 5, distance: 100, origin: 'SFO', destination: 'LAX' };

let services: TestServices;
let resources: CreatedResources;
let client: DynamoDBClient;
let output: MockInstance<typeof process.stdout.write>;
let warnings: MockInstance<typeof console.warn>;

beforeAll(async () => {
  services = await startServices();
  resources = await createResources(services.clients, names, 1);
  client = new DynamoDBClient(awsConfig());
});
afterAll(async () => {
  client.destroy();
  await services.stop();
});
beforeEach(() => {
  output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  warnings = vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => {
  output.mockRestore();
  warnings.mockRestore();
});

const environment = (change: Record<string, string> = {}) =>
  aggregateEnv.parse({
    WEIR_TABLE: names.table,
    WEIR_DEAD_LETTER_QUEUE_URL: resources.deadLetterQueueUrl,
    WEIR_DEAD_LETTER_BUCKET: names.deadLetterBucket,
    ...change,
  });

/** Puts texts on the stream, and gives all that it holds, as Lambda would. */
async function put(texts: readonly string[]): Promise<KinesisStreamEvent> {
  const { kinesis } = services.clients;
  const Records = texts.map((text) => ({ PartitionKey: 'p', Data: Buffer.from(text) }));
  await kinesis.send(new PutRecordsCommand({ StreamName: names.stream, Records }));
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      StreamName: names.stream,
      ShardId: SHARD,
      ShardIteratorType: 'TRIM_HORIZON',
    }),
  );
  const read = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  return {
    Records: (read.Records ?? []).map(
      ({ SequenceNumber = '', PartitionKey = '', Data, ApproximateArrivalTimestamp }) => ({
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: PartitionKey,
          sequenceNumber: SequenceNumber,
          data: Buffer.from(Data ?? []).toString('base64'),
          approximateArrivalTimestamp: (ApproximateArrivalTimestamp?.getTime() ?? 0) / 1000,
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: `${SHARD}:${SequenceNumber}`,
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: names.roleArn,
        awsRegion: 'us-east-1',
        eventSourceARN: names.streamArn,
      }),
    ),
  };
}

/** The lines of the embedded metric format that were written since the last call. */
function metricLines(): Record<string, unknown>[] {
  const lines = output.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('_aws'));
  output.mockClear();
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const soon = () => Date.now() + 60_000;

describe('the function', () => {
  test('aggregates what Lambda hands it, keeps what it rejects, and says so in metrics', async () => {
    const invoke = aggregateInvocation(flights, environment());
    const event = await put([
      JSON.stringify(flight),
      `${JSON.stringify({ ...flight, delay: 9 })}\nno JSON`,
      JSON.stringify({ ...flight, origin: 'JFK' }),
    ]);
    expect(await invoke(event, soon())).toEqual({ batchItemFailures: [] });

    const table = new DynamoTable(client, names.table, 'flights');
    const [hourly] = flights.aggregates;
    if (hourly === undefined) throw new Error('a pipeline without aggregates');
    const rows = await queryAggregate({ table, compression: nodeCompression }, hourly);
    expect(rows.map(({ group, metrics }) => ({ ...group, ...metrics }))).toEqual([
      { origin: 'JFK', flights: 1, delay: 5, worst: 5 },
      { origin: 'SFO', flights: 2, delay: 7, worst: 9 },
    ]);
    const { total, shards } = await readLedger(table);
    expect(total).toMatchObject({ received: 4, aggregated: 3, invalid: 1 });
    expect(shards[0]?.shard).toEqual({
      shard: SHARD,
      stream: `${names.stream}@${Math.trunc(resources.streamCreatedMs / 1000)}`,
    });
    const { Messages = [] } = await services.clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: resources.deadLetterQueueUrl, MaxNumberOfMessages: 10 }),
    );
    expect(Messages.map(({ Body }) => JSON.parse(Body ?? '') as unknown)).toEqual([
      expect.objectContaining({
        pipeline: 'flights',
        sequenceNumber: event.Records[1]?.kinesis.sequenceNumber,
        event: 1,
        reason: 'not_json',
        payload: 'no JSON',
      }),
    ]);

    const [line, ...more] = metricLines();
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      service: 'flights',
      EventsReceived: 4,
      EventsAggregated: 3,
      EventsInvalid: 1,
      BatchRecords: 3,
      Commits: 1,
      Folds: 0,
      BatchesUnfinished: 0,
      EventLag: expect.any(Number),
      BatchDuration: expect.any(Number),
      HeadBytes: expect.any(Number),
    });
    const { _aws } = line as {
      _aws: {
        CloudWatchMetrics: [
          { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] },
        ];
      };
    };
    const [{ Namespace, Dimensions, Metrics }] = _aws.CloudWatchMetrics;
    expect([Namespace, Dimensions]).toEqual([METRICS_NAMESPACE, [['service']]]);
    // How the environment fares comes with the first invocation, and then once a minute.
    const all: Record<string, MetricDefinition> = { ...METRICS, ...ENVIRONMENT_METRICS };
    for (const { Name, Unit } of Metrics) expect([Name, Unit]).toEqual([Name, all[Name]?.unit]);
    const published = Metrics.map(({ Name }) => Name);
    const always = Object.entries<MetricDefinition>(METRICS).filter(([, { sparse }]) => sparse !== true);
    expect(published).toEqual(expect.arrayContaining(always.map(([name]) => name)));
    expect(line).toMatchObject({ ColdStarts: 1, CircuitsOpen: 0 });
    for (const [name] of Object.entries<MetricDefinition>(METRICS).filter(([, { sparse }]) => sparse))
      expect(published).not.toContain(name);
    expect(warnings).not.toHaveBeenCalled();

    // The same again, with more behind it: only what is new counts.
    const again = await put([JSON.stringify(flight)]);
    expect(await invoke(again, soon())).toEqual({ batchItemFailures: [] });
    expect(metricLines()).toMatchObject([{ EventsReceived: 1, Commits: 1, BatchRecords: 4 }]);
    expect((await readLedger(table)).total).toMatchObject({ received: 5, aggregated: 4, invalid: 1 });
  });

  test('names the first record that does not count where the table fails, and logs nothing of the events', async () => {
    const invoke = aggregateInvocation(flights, environment({ WEIR_TABLE: 'no-such-table' }));
    const event = await put([JSON.stringify({ ...flight, origin: 'XXX' })]);
    expect(await invoke(event, soon())).toEqual({
      batchItemFailures: [{ itemIdentifier: event.Records[0]?.kinesis.sequenceNumber }],
    });
    expect(warnings.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown)).toEqual([
      {
        level: 'WARN',
        message: 'batch unfinished',
        shard: SHARD,
        records: event.Records.length,
        unfinished: 'refused',
        error: expect.stringMatching(/^table refused: GetItem: ResourceNotFoundException/),
      },
    ]);
    expect(JSON.stringify(warnings.mock.calls)).not.toContain('XXX');
    expect(metricLines()).toMatchObject([{ BatchesUnfinished: 1, EventsReceived: 0 }]);
  });

  test('hands all of it back where even the stream can’t be asked who it is', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_KINESIS', 'http://127.0.0.1:9');
    const invoke = aggregateInvocation(flights, environment());
    vi.stubEnv('AWS_ENDPOINT_URL_KINESIS', services.endpoints.kinesis);
    const event = await put([JSON.stringify(flight)]);
    vi.stubEnv('AWS_ENDPOINT_URL_KINESIS', 'http://127.0.0.1:9');
    expect(await invoke(event, soon())).toEqual({
      batchItemFailures: [{ itemIdentifier: event.Records[0]?.kinesis.sequenceNumber }],
    });
    expect(JSON.parse(String(warnings.mock.calls[0]?.[0]))).toMatchObject({ unfinished: 'unavailable' });
    vi.stubEnv('AWS_ENDPOINT_URL_KINESIS', services.endpoints.kinesis);
    expect(await invoke(event, soon())).toEqual({ batchItemFailures: [] });
  });

  test('comes back in good order before it would be stopped, where the table hangs', async () => {
    const hanging = createServer(() => {});
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const { port } = hanging.address() as AddressInfo;
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${port}`);
    const invoke = aggregateInvocation(flights, environment());
    const event = await put([JSON.stringify(flight)]);
    const deadline = Date.now() + 2500;
    const result = await invoke(event, deadline);
    expect(Date.now()).toBeLessThan(deadline);
    expect(result).toEqual({
      batchItemFailures: [{ itemIdentifier: event.Records[0]?.kinesis.sequenceNumber }],
    });
    expect(JSON.parse(String(warnings.mock.calls[0]?.[0]))).toMatchObject({ unfinished: 'unavailable' });
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', services.endpoints.dynamodb);
    hanging.closeAllConnections();
    hanging.close();
  });

  test('throws for what is no batch of a stream: that is a mistake of the set-up', async () => {
    const invoke = aggregateInvocation(flights, environment());
    await expect(invoke({ Records: [] }, soon())).rejects.toThrow(/map the function to one/);
  });
});

describe('a pipeline with lookups', () => {
  const pipeline = definePipeline({
    name: 'flights_by_city',
    schema: z.object({ date: z.string(), origin: z.string() }),
    eventTime: ({ date }) => date,
    derive: { hour: ({ date }) => Number(date.slice(11, 13)) },
    lookup: {
      airport: { table: 'airports', key: 'origin', tableKey: 'iata', fields: { city: 'string' } },
    },
    aggregates: {
      by_city: {
        groupBy: ['airport_city', 'hour'],
        window: tumbling('1d'),
        metrics: { flights: count() },
      },
    },
  });

  test('is grouped by what its reference table has, the one of the stage, and its metrics say what was missing', async () => {
    await client.send(
      new CreateTableCommand({
        TableName: 'airports-test',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'iata', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'iata', AttributeType: 'S' }],
      }),
    );
    const sfo = { iata: { S: 'SFO' }, city: { S: 'San Francisco' } };
    await client.send(new PutItemCommand({ TableName: 'airports-test', Item: sfo }));
    const event = await put([JSON.stringify(flight), JSON.stringify({ ...flight, origin: 'XYZ' })]);

    const lost = aggregateInvocation(pipeline, environment());
    expect(await lost(event, soon())).toEqual({
      batchItemFailures: [{ itemIdentifier: event.Records[0]?.kinesis.sequenceNumber }],
    });
    expect(JSON.parse(String(warnings.mock.calls[0]?.[0]))).toMatchObject({
      unfinished: 'refused',
      error: expect.stringMatching(/^reference_data refused: BatchGetItem of airports: ResourceNotFound/),
    });
    metricLines();

    const change = { WEIR_REFERENCE_TABLES: '{"airports":"airports-test"}' };
    const invoke = aggregateInvocation(pipeline, environment(change));
    expect(await invoke(event, soon())).toEqual({ batchItemFailures: [] });
    const table = new DynamoTable(client, names.table, pipeline.name);
    const [byCity] = pipeline.aggregates;
    if (byCity === undefined) throw new Error('a pipeline without aggregates');
    const rows = await queryAggregate({ table, compression: nodeCompression }, byCity);
    const cities = rows.map(({ group }) => group);
    expect(cities).toContainEqual({ airport_city: 'San Francisco', hour: 11 });
    expect(cities).toContainEqual({ airport_city: null, hour: 11 });
    const [line] = metricLines();
    expect(line).toMatchObject({ LookupsStale: 0, LookupsDegraded: 0 });
    expect(line).not.toHaveProperty('LookupsRejected');
    expect(Number(line?.['LookupsMissing'])).toBeGreaterThan(0);
  });
});

describe('its environment', () => {
  test('may name other tables of reference data', () => {
    expect(environment().WEIR_REFERENCE_TABLES).toEqual({});
    expect(environment({ WEIR_REFERENCE_TABLES: '{"a":"b"}' }).WEIR_REFERENCE_TABLES).toEqual({ a: 'b' });
    for (const wrong of ['', 'airports', '[]', '{"a":""}', '{"a":5}']) {
      expect(() => environment({ WEIR_REFERENCE_TABLES: wrong })).toThrow(/WEIR_REFERENCE_TABLES/);
    }
  });

  test('has a default for the age of suspects, and bounds', () => {
    expect(environment().WEIR_SUSPECT_AFTER_SECONDS).toBe(60);
    expect(environment({ WEIR_SUSPECT_AFTER_SECONDS: '5' }).WEIR_SUSPECT_AFTER_SECONDS).toBe(5);
    for (const wrong of ['0', '-1', 'soon', '3601', '']) {
      expect(() => environment({ WEIR_SUSPECT_AFTER_SECONDS: wrong })).toThrow(/WEIR_SUSPECT_AFTER_SECONDS/);
    }
    expect(() => environment({ WEIR_TABLE: '' })).toThrow(/WEIR_TABLE/);
  });
});
