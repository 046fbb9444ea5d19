import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kinesisClient } from '#adapters/aws-clients.ts';
import { KinesisRecordSink } from '#adapters/kinesis-record-sink.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const RECORDS = ['a', 'b', 'c'].map((partitionKey) => ({
  partitionKey,
  data: Buffer.from(`{"key":"${partitionKey}"}`),
}));

/** Kinesis as far as one answer goes, for what no emulator does. */
describe('the sink, when Kinesis answers', () => {
  let server: Server;
  let answer: Answer;
  let requests: { target: string | undefined; body: unknown }[];
  let sink: KinesisRecordSink;

  beforeEach(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    requests = [];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const target = request.headers['x-amz-target'];
        requests.push({ target: String(target), body: JSON.parse(Buffer.concat(chunks).toString()) });
        response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    sink = new KinesisRecordSink(
      kinesisClient({ region: 'us-east-1', endpoint: `http://127.0.0.1:${port}` }),
      's',
      true,
    );
  });

  afterEach(async () => {
    sink.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    vi.unstubAllEnvs();
  });

  it('finds a stream by its ARN where it is given one: it may be of another account', async () => {
    answer = {
      status: 200,
      body: { FailedRecordCount: 0, Records: [{ SequenceNumber: '1', ShardId: 's' }] },
    };
    const arn = 'arn:aws:kinesis:us-east-1:111122223333:stream/theirs';
    const { port } = server.address() as AddressInfo;
    const endpoint = `http://127.0.0.1:${port}`;
    const theirs = new KinesisRecordSink(kinesisClient({ region: 'us-east-1', endpoint }), arn, true);
    expect(await theirs.put(RECORDS.slice(0, 1))).toEqual([{ ok: true }]);
    theirs.close();
    expect(requests[0]?.body).toMatchObject({ StreamARN: arn });
    expect(requests[0]?.body).not.toHaveProperty('StreamName');
  });

  it('sends one PutRecords with all records', async () => {
    answer = {
      status: 200,
      body: { FailedRecordCount: 0, Records: RECORDS.map(() => ({ SequenceNumber: '1', ShardId: 's' })) },
    };
    expect(await sink.put(RECORDS)).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
    expect(requests).toEqual([
      {
        target: 'Kinesis_20131202.PutRecords',
        body: {
          StreamName: 's',
          Records: RECORDS.map(({ partitionKey, data }) => ({
            PartitionKey: partitionKey,
            Data: data.toString('base64'),
          })),
        },
      },
    ]);
  });

  it('tells the records that failed within a success from the others', async () => {
    answer = {
      status: 200,
      body: {
        FailedRecordCount: 2,
        Records: [
          { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded for shard.' },
          { SequenceNumber: '1', ShardId: 's' },
          { ErrorCode: 'InternalFailure' },
        ],
      },
    };
    expect(await sink.put(RECORDS)).toEqual([
      {
        ok: false,
        code: 'ProvisionedThroughputExceededException',
        message: 'Rate exceeded for shard.',
        retryable: true,
      },
      { ok: true },
      { ok: false, code: 'InternalFailure', message: 'InternalFailure.', retryable: true },
    ]);
    expect(requests).toHaveLength(1);
  });

  it.each([
    [400, 'ProvisionedThroughputExceededException', true],
    [400, 'LimitExceededException', true],
    [400, 'KMSThrottlingException', true],
    [400, 'ThrottlingException', true],
    [429, 'SomethingNew', true],
    [500, 'InternalFailure', true],
    [503, 'ServiceUnavailable', true],
    [400, 'ResourceNotFoundException', false],
    [400, 'AccessDeniedException', false],
    [400, 'UnrecognizedClientException', false],
    [400, 'ExpiredTokenException', false],
    [400, 'ValidationException', false],
    [400, 'InvalidArgumentException', false],
    [400, 'KMSDisabledException', false],
  ])('takes a %d %s for all records, retryable: %s', async (status, code, retryable) => {
    answer = { status, body: { __type: code, message: 'what it says' } };
    const results = await sink.put(RECORDS);
    expect(results).toHaveLength(3);
    for (const result of results) expect(result).toMatchObject({ ok: false, code, retryable });
    // The SDK's own attempts are few: waiting is for the producer.
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  it('says what to do about a refusal', async () => {
    answer = { status: 400, body: { __type: 'ResourceNotFoundException', message: 'Stream s not found.' } };
    const [result] = await sink.put(RECORDS);
    expect(result).toMatchObject({
      message: expect.stringMatching(/^stream s: check the stream's name, the region/),
    });
  });

  it('takes a connection that fails for something that passes', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await sink.put(RECORDS)).toMatchObject(
      RECORDS.map(() => ({ ok: false, code: 'ECONNREFUSED', retryable: true })),
    );
    server.listen(0, '127.0.0.1');
  });

  it('takes an answer that breaks off for something that passes', async () => {
    server.removeAllListeners('request');
    server.on('request', (request) => request.socket.destroy());
    const [result] = await sink.put(RECORDS);
    expect(result).toMatchObject({ ok: false, retryable: true });
  });
});
