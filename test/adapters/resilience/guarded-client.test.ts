import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awsConfig } from '#adapters/aws-config.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { KinesisRecordSink } from '#adapters/kinesis-record-sink.ts';
import { guardClient, tableService } from '#adapters/resilience/guard-client.ts';
import { CallRefused, type Service, ServiceGuards } from '#adapters/resilience/service-guards.ts';
import { TransientRetries } from '#adapters/resilience/transient-retries.ts';
import type { ShardId, StreamId } from '#core/brand.ts';
import { EMPTY_HEAD } from '#core/protocol/head.ts';

const SHARD = { stream: 'stream@1' as StreamId, shard: 'shardId-0' as ShardId };
const FAR = 600_000;

let server: Server;
let requests: string[];
let answer: (response: ServerResponse, operation: string) => void;

const fails = (status: number, type: string) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: type, message: 'no' }));
};
const works = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
  response.end('{}');
};
const hangs = () => {};

beforeAll(async () => {
  server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    requests.push(operation);
    request.resume().on('end', () => answer(response, operation));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = [];
  answer = works;
});

/** A table behind the guards of an environment. */
function guarded() {
  const guards = new ServiceGuards();
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const config = { ...awsConfig(), retryStrategy: new TransientRetries() };
  const client = guardClient(
    new DynamoDBClient({ ...config, endpoint, region: 'us-east-1', credentials }),
    (service, call) => guards.call(service, call),
    tableService,
  );
  return { guards, table: new DynamoTable(client, 'table', 'flights') };
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a guarded client', () => {
  it('makes one further attempt where the service fails, and none once the circuit is open', async () => {
    const { guards, table } = guarded();
    answer = fails(500, 'InternalServerError');
    for (let call = 0; call < 100; call++) {
      expect(await failure(table.readRegistry())).toMatchObject({
        dependency: 'table',
        failure: 'unavailable',
      });
    }
    expect(requests).toHaveLength(2 * 5);
    expect(await failure(table.readRegistry())).toBeInstanceOf(CallRefused);
    expect(guards.takeCounts()).toMatchObject({ open: ['table_reads'], opened: 1, refused: 96 });
    expect(guards.takeCounts()).toMatchObject({ open: ['table_reads'], opened: 0, refused: 0 });
  });

  it('knows reads and writes apart', async () => {
    const { guards, table } = guarded();
    answer = (response, operation) =>
      operation === 'PutItem' ? works(response) : fails(500, 'InternalServerError')(response);
    for (let call = 0; call < 10; call++) await failure(table.readRegistry());
    expect(await table.writeHead(SHARD, { ...EMPTY_HEAD, rev: 1 })).toBe('written');
    expect(guards.takeCounts().open).toEqual(['table_reads']);
  });

  it('takes a condition that is not met for an answer', async () => {
    const { guards, table } = guarded();
    answer = fails(400, 'ConditionalCheckFailedException');
    for (let call = 0; call < 30; call++) {
      expect(await table.writeHead(SHARD, { ...EMPTY_HEAD, rev: 1 })).toBe('conflict');
    }
    expect([requests.length, guards.takeCounts().open]).toEqual([30, []]);
  });

  it('asks a table that throttles less, one request an attempt, and does not take it for broken', async () => {
    const { guards, table } = guarded();
    answer = fails(400, 'ProvisionedThroughputExceededException');
    const write = () => failure(table.writeHead(SHARD, { ...EMPTY_HEAD, rev: 1 }));
    expect(await write()).toMatchObject({ failure: 'throttled' });
    // The SDK's own attempts would multiply them.
    expect(requests).toHaveLength(5);
    const { open, throttled, writesAtATime } = guards.takeCounts();
    expect([open, throttled]).toEqual([[], 5]);
    expect(writesAtATime).toBeLessThan(16);
    answer = works;
    expect(await table.writeHead(SHARD, { ...EMPTY_HEAD, rev: 1 })).toBe('written');
  });

  it('comes back from a call that hangs before the invocation is stopped', async () => {
    const { guards, table } = guarded();
    answer = hangs;
    const deadline = Date.now() + 1200;
    const error = await guards.within(deadline, () => failure(table.readRegistry()));
    expect(error).toMatchObject({ dependency: 'table', failure: 'unavailable' });
    expect((error as Error).message).toContain('the time of the invocation is up');
    // One request, which is not waited for any more; and none afterwards.
    expect(requests).toHaveLength(1);
    const late = await guards.within(Date.now() - 1, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return failure(table.readRegistry());
    });
    expect(late).toBeInstanceOf(CallRefused);
    expect(requests).toHaveLength(1);
    answer = works;
    expect(await guards.within(Date.now() + FAR, () => table.readRegistry())).toBeUndefined();
  });
});

describe('the services of a table', () => {
  it.each<[string, Service]>([
    ['GetItemCommand', 'table_reads'],
    ['BatchGetItemCommand', 'table_reads'],
    ['QueryCommand', 'table_reads'],
    ['PutItemCommand', 'table_writes'],
    ['UpdateItemCommand', 'table_writes'],
    ['BatchWriteItemCommand', 'table_writes'],
    ['TransactWriteItemsCommand', 'table_writes'],
  ])('%s is one of %s', (command, service) => {
    expect(tableService(command)).toBe(service);
  });
});

describe('a guarded stream', () => {
  const codes =
    (...all: (string | undefined)[]) =>
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      const Records = all.map((ErrorCode) => ({ ErrorCode, ErrorMessage: ErrorCode, SequenceNumber: '1' }));
      response.end(JSON.stringify({ Records }));
    };
  const RECORDS = ['a', 'b'].map((partitionKey) => ({ partitionKey, data: new Uint8Array(1) }));

  function guardedStream() {
    const guards = new ServiceGuards();
    const { port } = server.address() as AddressInfo;
    const client = guardClient(
      new KinesisClient({
        ...awsConfig(),
        retryStrategy: new TransientRetries(),
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        requestHandler: new NodeHttpHandler(),
      }),
      (service, call) => guards.call(service, call),
      () => 'stream_puts',
    );
    return { guards, client, sink: new KinesisRecordSink(client, 'flights', true) };
  }

  it('is left alone after answers in which every record failed by its own fault, which callers see as they are', async () => {
    const { client, guards, sink } = guardedStream();
    answer = codes('InternalFailure', 'InternalFailure');
    for (let call = 0; call < 5; call++) {
      const failed = { ok: false, code: 'InternalFailure', retryable: true };
      expect(await sink.put(RECORDS)).toMatchObject([failed, failed]);
    }
    expect(guards.takeCounts()).toMatchObject({ open: ['stream_puts'], opened: 1 });
    expect(await sink.put(RECORDS)).toMatchObject([{ code: 'CircuitOpen' }, { code: 'CircuitOpen' }]);
    expect(requests).toHaveLength(5);
    client.destroy();
  });

  it.each([
    ['some records failed', ['InternalFailure', undefined]],
    [
      'all were throttled',
      ['ProvisionedThroughputExceededException', 'ProvisionedThroughputExceededException'],
    ],
    ['some were throttled', ['ProvisionedThroughputExceededException', 'InternalFailure']],
  ])('is asked on where %s', async (_, all) => {
    const { client, guards, sink } = guardedStream();
    answer = codes(...all);
    for (let call = 0; call < 20; call++) await sink.put(RECORDS);
    expect(guards.takeCounts()).toMatchObject({ open: [], opened: 0 });
    expect(requests).toHaveLength(20);
    client.destroy();
  });
});
