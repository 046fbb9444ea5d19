import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProxyEvent } from '#adapters/api-gateway/to-request.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { INGEST_FUNCTION } from '#contracts/ingest-function.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { IngestEnv } from '#functions/ingest/env.ts';
import { type BundledFunction, bundleFunction } from '#local/bundle-function.ts';
import { createResources } from '#local/create-resources.ts';
import { FunctionHost } from '#local/function-host/function-host.ts';
import { LOCAL_REGION, resourceNames } from '#local/resource-names.ts';
import { INGEST_BUNDLE_KB_MAX } from '#test/infra/bundle-limits.ts';
import { startServices, type TestServices } from '../../support/emulators.ts';
import { bundleKB } from '../../support/loaded-scripts.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const names = resourceNames('flights');
const flight = (delay: number) => ({
  date: '2001/01/31 11:05',
  delay,
  distance: 100,
  origin: 'SFO',
  destination: 'LAX',
});

let services: TestServices;
let folder: string;
let bundle: BundledFunction;
let host: FunctionHost;
const logs: string[] = [];
const metrics: object[] = [];

beforeAll(async () => {
  services = await startServices();
  await createResources(services.clients, names, 2);
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  bundle = await bundleFunction({
    entryFile: join(ROOT, 'functions/ingest/handler.ts'),
    pipelineFile: join(ROOT, 'pipelines/flights.ts'),
    outputFolder: join(folder, 'bundle'),
  });
  host = await hostOn(services.endpoints.kinesis);
});

afterAll(async () => {
  await host?.stop();
  await services?.stop();
  await rm(folder, { recursive: true });
});

function hostOn(endpoint: string): Promise<FunctionHost> {
  const environment = { WEIR_STREAM: names.stream } satisfies IngestEnv;
  return FunctionHost.start({
    settings: {
      name: 'ingest',
      entryFile: bundle.entryFile,
      timeoutMs: INGEST_FUNCTION.timeoutSeconds * 1000,
      memoryMegabytes: INGEST_FUNCTION.memoryMegabytes,
      region: LOCAL_REGION,
      environment: { ...environment, AWS_ENDPOINT_URL_KINESIS: endpoint },
    },
    workFolder: folder,
    processesMax: 1,
    onLog: (line) => logs.push(line),
    onMetrics: (blob) => metrics.push(blob),
  });
}

/** Sends a body as API Gateway hands it on, where all types are binary. */
async function post(to: FunctionHost, body: Uint8Array, headers: Readonly<Record<string, string>>) {
  const event: ProxyEvent = {
    httpMethod: 'POST',
    path: '/events',
    pathParameters: null,
    headers,
    multiValueHeaders: {},
    multiValueQueryStringParameters: null,
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
    requestContext: { identity: {} },
  };
  const result = await to.invoke(JSON.stringify(event));
  if (result.type !== 'response') throw new Error(`the function did not answer: ${JSON.stringify(result)}`);
  const { body: text, headers: sent, statusCode } = JSON.parse(result.payload) as APIGatewayProxyResult;
  return { statusCode, headers: sent, body: JSON.parse(text) as Record<string, unknown> };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** All that is in the stream. */
async function streamValues(): Promise<unknown[]> {
  const { kinesis } = services.clients;
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: names.stream }));
  const values: unknown[] = [];
  for (const { ShardId } of Shards) {
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: names.stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
    for (const { Data = new Uint8Array() } of Records) {
      for (const event of decodeRecord(Data, recordTools))
        values.push(event.ok ? event.value : event.rejection);
    }
  }
  return values;
}

const byDelay = (values: readonly unknown[]) =>
  (values as { delay: number }[]).toSorted((a, b) => a.delay - b.delay);

describe('the bundle, as it would be deployed', () => {
  it('puts what is posted on the stream', async () => {
    const single = await post(host, Buffer.from(JSON.stringify(flight(0))), JSON_TYPE);
    expect(single).toMatchObject({ statusCode: 200, body: { accepted: 1, rejected: 0, undelivered: 0 } });
    const array = Array.from({ length: 300 }, (_, n) => flight(1 + n));
    const zipped = gzipSync(JSON.stringify(array));
    const packed = await post(host, zipped, { ...JSON_TYPE, 'Content-Encoding': 'gzip' });
    expect(packed).toMatchObject({ statusCode: 200, body: { accepted: 300 } });
    const lines = Array.from({ length: 10 }, (_, n) => flight(301 + n));
    const mixed = [...lines.map((line) => JSON.stringify(line)), 'SECRET'].join('\n');
    const answered = await post(host, Buffer.from(mixed), { 'content-type': 'application/x-ndjson' });
    expect(answered).toMatchObject({ statusCode: 207, body: { accepted: 10, rejected: 1 } });

    expect(byDelay(await streamValues())).toEqual([flight(0), ...array, ...lines]);
    expect(metrics).toMatchObject([
      { service: 'flights', IngestAccepted: 1, IngestRejected: 0, IngestUndelivered: 0 },
      { IngestAccepted: 300 },
      { IngestAccepted: 10, IngestRejected: 1 },
    ]);
    expect(logs.join('\n')).not.toMatch(/SECRET|SFO/);
  });

  it('answers where the stream can not be reached, and logs it without what was sent', async () => {
    const lost = await hostOn('http://127.0.0.1:9');
    logs.length = 0;
    try {
      const { body, headers, statusCode } = await post(
        lost,
        Buffer.from(JSON.stringify(flight(1))),
        JSON_TYPE,
      );
      expect(statusCode).toBe(503);
      expect(headers).toMatchObject({
        'content-type': 'application/problem+json',
        'retry-after': expect.stringMatching(/^\d+$/),
      });
      expect(body).toMatchObject({
        accepted: 0,
        undelivered: 1,
        results: [{ index: 0, status: 'undelivered' }],
      });
    } finally {
      await lost.stop();
    }
    const lines = logs.filter((line) => line.includes('events undelivered'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('ECONNREFUSED');
    expect(logs.join('\n')).not.toContain('SFO');
  });

  it('is small: all of it is loaded by each cold start', async () => {
    const { allKB, loadedKB } = await bundleKB(bundle, join(folder, 'bundle'));
    expect(loadedKB).toBeGreaterThan(100);
    expect(loadedKB).toBeLessThan(INGEST_BUNDLE_KB_MAX.loadedKB);
    expect(allKB).toBeLessThan(INGEST_BUNDLE_KB_MAX.allKB);
  });
});
