import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateStreamCommand,
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis';
import kinesalite from 'kinesalite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kinesisClient } from '#adapters/aws-clients.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import { createProducer, UndeliveredError } from '../../lib/producer.ts';

const SHARDS = 4;

describe('a producer on an emulated stream', () => {
  let server: Server;
  let client: KinesisClient;
  let endpoint: string;

  beforeAll(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('AWS_REGION', 'us-east-1');
    server = kinesalite({ createStreamMs: 0, shardLimit: 100 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = kinesisClient({ endpoint });
  });

  afterAll(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    vi.unstubAllEnvs();
  });

  async function createStream(name: string): Promise<void> {
    await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: SHARDS }));
    await vi.waitFor(async () => {
      const { StreamDescription: stream } = await client.send(
        new DescribeStreamCommand({ StreamName: name }),
      );
      expect(stream?.StreamStatus).toBe('ACTIVE');
    });
  }

  /** Data of all records, shard by shard. */
  async function readStream(name: string): Promise<Uint8Array[][]> {
    const { StreamDescription: stream } = await client.send(new DescribeStreamCommand({ StreamName: name }));
    const shards: Uint8Array[][] = [];
    for (const { ShardId } of stream?.Shards ?? []) {
      const { ShardIterator } = await client.send(
        new GetShardIteratorCommand({ StreamName: name, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
      );
      const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
      shards.push(Records.flatMap(({ Data }) => (Data === undefined ? [] : [Data])));
    }
    return shards;
  }

  it('delivers packed, odd and raw events, over all shards', async () => {
    await createStream('flights');
    const producer = createProducer({ stream: 'flights', endpoint, eventsPerRecordMax: 50, lingerMs: 5 });
    const events = Array.from({ length: 5000 }, (_, id) => ({ id, origin: `O${id % 7}`, delay: id % 90 }));
    for (const event of events) await producer.put(event);
    await producer.put({ id: -1, delay: Number.NaN });
    await producer.putRaw(Buffer.from('rubbish'));
    await producer.close();

    const shards = await readStream('flights');
    expect(shards).toHaveLength(SHARDS);
    // 102 records: a shard in four that got none would be one chance in 10^12.
    for (const records of shards) expect(records.length).toBeGreaterThan(0);
    const decoded = shards.flat().flatMap((data) => decodeRecord(data, recordTools));
    const values = decoded.flatMap((event) => (event.ok ? [event.value as (typeof events)[number]] : []));
    expect(values.sort((a, b) => a.id - b.id)).toEqual(events);
    const rejected = decoded.flatMap((event) => (event.ok ? [] : [String(event.payload)]));
    expect(rejected.sort()).toEqual(['rubbish', '{"id":-1,"delay":NaN}']);
    expect(producer.stats()).toMatchObject({
      accepted: 5002,
      events: 5002,
      records: 102,
      failed: 0,
      buffered: 0,
    });
  });

  it('sends full calls of the largest records', async () => {
    await createStream('large');
    const producer = createProducer({ stream: 'large', client, bufferBytesMax: 16 * 1024 * 1024 });
    const raw = Array.from({ length: 12 }, (_, id) => Buffer.alloc(1024 * 1024 - 32, String(id % 10)));
    await Promise.all(raw.map((data) => producer.putRaw(data)));
    await producer.close();
    expect((await readStream('large')).flat()).toHaveLength(12);
    // A client that was given stays open.
    await client.send(new DescribeStreamCommand({ StreamName: 'large' }));
  });

  it('says at once that there is no such stream', async () => {
    const producer = createProducer({ stream: 'nowhere', endpoint });
    await producer.put({ id: 1 });
    await expect(producer.flush()).rejects.toThrow(UndeliveredError);
    await producer.put({ id: 2 });
    await expect(producer.close()).rejects.toThrow(
      /ResourceNotFoundException: stream nowhere: check the stream's name/,
    );
  });

  it('finds the endpoint in the environment', async () => {
    await createStream('environment');
    vi.stubEnv('AWS_ENDPOINT_URL_KINESIS', endpoint);
    const producer = createProducer({ stream: 'environment' });
    await producer.put({ id: 1 });
    await producer.close();
    expect((await readStream('environment')).flat()).toHaveLength(1);
  });
});
