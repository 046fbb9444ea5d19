import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, GetShardIteratorCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { awsConfig } from '#adapters/aws-config.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import type { CloseReport } from '#app/close/close-report.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import { CLOSE_FUNCTION } from '#contracts/close-function.ts';
import { CLOSE_METRICS } from '#contracts/close-metrics.ts';
import { aggregateInvocation } from '#functions/aggregate/aggregate-invocation.ts';
import { aggregateEnv } from '#functions/aggregate/env.ts';
import type { CloseEnv } from '#functions/close/env.ts';
import { type BundledFunction, bundleFunction } from '#local/bundle-function.ts';
import { createResources } from '#local/create-resources.ts';
import { FunctionHost } from '#local/function-host/function-host.ts';
import { LOCAL_REGION, resourceNames } from '#local/resource-names.ts';
import flights from '#pipelines/flights.ts';
import { CLOSE_BUNDLE_KB_MAX } from '#test/infra/bundle-limits.ts';
import { startServices, type TestServices } from '../../support/emulators.ts';
import { bundleKB, loadedScripts } from '../../support/loaded-scripts.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const HOUR = 3_600_000;
const SHARD = 'shardId-000000000000';
const names = resourceNames('flights');
const flight = (date: string, delay = 5) => ({
  date,
  delay,
  distance: 100,
  origin: 'SFO',
  destination: 'LAX',
});

let services: TestServices;
let folder: string;
let bundle: BundledFunction;
let host: FunctionHost;
let bus: Server;
let aggregate: ReturnType<typeof aggregateInvocation>;
/** What was put on the event bus. */
const announced: { EventBusName: string; DetailType: string; Detail: string }[] = [];
const logs: string[] = [];
const metrics: Record<string, unknown>[] = [];

beforeAll(async () => {
  services = await startServices();
  const { deadLetterQueueUrl } = await createResources(services.clients, names, 1);
  aggregate = aggregateInvocation(
    flights,
    aggregateEnv.parse({
      WEIR_TABLE: names.table,
      WEIR_DEAD_LETTER_QUEUE_URL: deadLetterQueueUrl,
      WEIR_DEAD_LETTER_BUCKET: names.deadLetterBucket,
    }),
  );
  bus = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { Entries } = JSON.parse(body) as { Entries: typeof announced };
    announced.push(...Entries);
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(
      JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map((_, i) => ({ EventId: `${i}` })) }),
    );
  });
  await new Promise<void>((listening) => bus.listen(0, '127.0.0.1', listening));
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  bundle = await bundleFunction({
    entryFile: join(ROOT, 'functions/close/handler.ts'),
    pipelineFile: join(ROOT, 'pipelines/flights.ts'),
    outputFolder: join(folder, 'bundle'),
  });
  host = await hostOn(services.endpoints.kinesis);
});

afterAll(async () => {
  await host?.stop();
  bus?.close();
  await services?.stop();
  await rm(folder, { recursive: true });
});

function hostOn(kinesis: string): Promise<FunctionHost> {
  const environment = {
    WEIR_TABLE: names.table,
    WEIR_STREAM: names.stream,
    WEIR_EVENT_BUS: 'the-bus',
  } satisfies CloseEnv;
  return FunctionHost.start({
    settings: {
      name: 'close',
      entryFile: bundle.entryFile,
      timeoutMs: CLOSE_FUNCTION.timeoutSeconds * 1000,
      memoryMegabytes: CLOSE_FUNCTION.memoryMegabytes,
      region: LOCAL_REGION,
      environment: {
        ...environment,
        AWS_ENDPOINT_URL_KINESIS: kinesis,
        AWS_ENDPOINT_URL_DYNAMODB: services.endpoints.dynamodb,
        AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${(bus.address() as AddressInfo).port}`,
      },
    },
    workFolder: folder,
    processesMax: 1,
    onLog: (line) => logs.push(line),
    onMetrics: (blob) => metrics.push(blob as Record<string, unknown>),
  });
}

/** Puts events on the stream, and has the function `aggregate` commit all that is there. */
async function count(...events: readonly object[]): Promise<void> {
  const { kinesis } = services.clients;
  const Data = Buffer.from(JSON.stringify(events));
  await kinesis.send(
    new PutRecordsCommand({ StreamName: names.stream, Records: [{ PartitionKey: 'p', Data }] }),
  );
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      StreamName: names.stream,
      ShardId: SHARD,
      ShardIteratorType: 'TRIM_HORIZON',
    }),
  );
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  const event = {
    Records: Records.map(({ SequenceNumber = '', PartitionKey = '', Data: data, ...record }) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: PartitionKey,
        sequenceNumber: SequenceNumber,
        data: Buffer.from(data ?? []).toString('base64'),
        approximateArrivalTimestamp: (record.ApproximateArrivalTimestamp?.getTime() ?? 0) / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${SHARD}:${SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: names.roleArn,
      awsRegion: LOCAL_REGION,
      eventSourceARN: names.streamArn,
    })),
  };
  // Its metrics, of which it writes a line.
  const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  expect(await aggregate(event, Date.now() + 60_000)).toEqual({ batchItemFailures: [] });
  output.mockRestore();
}

async function close(): Promise<CloseReport> {
  const result = await host.invoke('{}');
  if (result.type !== 'response') throw new Error(`the function did not answer: ${JSON.stringify(result)}`);
  return JSON.parse(result.payload) as CloseReport;
}

/** The windows of the flights pipeline: when they begin, whether they are final, and how many flights are in them. */
async function windows(): Promise<unknown[]> {
  const client = new DynamoDBClient(awsConfig());
  const [hourly] = flights.aggregates;
  if (hourly === undefined) throw new Error('a pipeline without aggregates');
  const table = new DynamoTable(client, names.table, flights.name);
  const answer = await answerAggregate({ table, compression: nodeCompression }, hourly);
  client.destroy();
  return answer.windows.map(({ windowStart, final, amended }) => {
    const rows = answer.rows.filter((row) => row.windowStart === windowStart);
    const flown = rows.reduce((sum, { metrics: { flights: n } }) => sum + Number(n), 0);
    return [
      new Date(windowStart).toISOString().slice(0, 13),
      final ? (amended ? 'amended' : 'final') : 'open',
      flown,
    ];
  });
}

describe('the bundle, as it would be deployed', () => {
  it('closes the windows of a replay, announces them, and says so in metrics', async () => {
    await count(flight('2001/01/31 11:05'), flight('2001/01/31 11:59', 7), flight('2001/01/31 13:30'));
    const through = Date.parse('2001-01-31T12:30:00Z');
    expect(await close()).toMatchObject({
      finals: 1,
      closedThrough: through,
      finalThrough: through,
      live: false,
    });
    expect(await windows()).toEqual([
      ['2001-01-31T11', 'final', 2],
      ['2001-01-31T13', 'open', 1],
    ]);
    expect(announced.map(({ Detail, ...entry }) => ({ ...entry, detail: JSON.parse(Detail) }))).toEqual([
      {
        EventBusName: 'the-bus',
        Source: 'weir',
        DetailType: 'window.closed',
        detail: expect.objectContaining({
          pipeline: 'flights',
          windowStart: '2001-01-31T11:00:00.000Z',
          totals: { flights: 2, delay: 6, worst: 7 },
        }),
      },
    ]);
    expect(metrics).toEqual([
      expect.objectContaining({
        service: 'flights',
        WindowsClosed: 1,
        CloseConflicts: 0,
        CloseDuration: expect.any(Number),
      }),
    ]);
    // Of events of 2001, the age says nothing.
    expect(metrics[0]).not.toHaveProperty('FinalAge');
  });

  it('has nothing to do in the next run, and keeps what comes late beside the final', async () => {
    announced.length = 0;
    expect(await close()).toMatchObject({ finals: 0, live: false });
    await count(flight('2001/01/31 11:30'));
    expect(await close()).toMatchObject({ finals: 0 });
    expect(announced).toEqual([]);
    expect(await windows()).toEqual([
      ['2001-01-31T11', 'amended', 3],
      ['2001-01-31T13', 'open', 1],
    ]);
  });

  it('publishes how old finals are where events are live, by the units that it says', async () => {
    metrics.length = 0;
    const now = new Date().toISOString();
    await count(flight(`${now.slice(0, 10).replaceAll('-', '/')} ${now.slice(11, 16)}`));
    expect(await close()).toMatchObject({ finals: 3, live: true });
    const [blob] = metrics;
    // The allowed lateness of the pipeline, and what of a minute had passed.
    expect(blob?.['FinalAge']).toBeGreaterThanOrEqual(flights.allowedLatenessMs);
    expect(blob?.['FinalAge']).toBeLessThan(flights.allowedLatenessMs + HOUR / 10);
    const { _aws } = blob as { _aws: { CloudWatchMetrics: [{ Metrics: { Name: string; Unit: string }[] }] } };
    // Freshness is that of canaries, which nobody has asked for.
    const { Freshness: _, ...withoutCanaries } = CLOSE_METRICS;
    expect(
      Object.fromEntries(_aws.CloudWatchMetrics[0].Metrics.map(({ Name, Unit }) => [Name, Unit])),
    ).toEqual(Object.fromEntries(Object.entries(withoutCanaries).map(([name, { unit }]) => [name, unit])));
  });

  it('fails where the stream can not be asked: the next run does it', async () => {
    const lost = await hostOn('http://127.0.0.1:9');
    try {
      const result = await lost.invoke('{}');
      expect(result.type).not.toBe('response');
      expect(JSON.stringify(result)).toMatch(/stream unavailable/);
    } finally {
      await lost.stop();
    }
    expect(logs.join('\n')).not.toContain('SFO');
  });

  it('is small, and what announces is loaded by the first announcement alone', async () => {
    const { allKB, loadedKB } = await bundleKB(bundle, join(folder, 'bundle'));
    expect(loadedKB).toBeGreaterThan(100);
    expect(loadedKB).toBeLessThan(CLOSE_BUNDLE_KB_MAX.loadedKB);
    expect(allKB).toBeLessThan(CLOSE_BUNDLE_KB_MAX.allKB);
    const loaded = await loadedScripts(join(folder, 'bundle'));
    const clientFiles: string[] = [];
    for (const name of bundle.files.map(({ path }) => basename(path))) {
      const code = await readFile(join(folder, 'bundle', name), 'utf8');
      if (!name.endsWith('.map') && code.includes('"AWSEvents"')) clientFiles.push(name);
    }
    expect(clientFiles).toHaveLength(1);
    expect(clientFiles.filter((name) => loaded.has(name))).toEqual([]);
  });
});
