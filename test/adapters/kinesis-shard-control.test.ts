import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  InvalidArgumentException,
  type KinesisClient,
  PutRecordsCommand,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { kinesisClient } from '#adapters/aws-clients.ts';
import { KinesisShardControl } from '#adapters/kinesis-shard-control.ts';
import type { EpochMs, HashPosition, ShardId } from '#core/brand.ts';
import { createStream } from '#local/create-resources.ts';
import { weir } from '../cli/run-weir.ts';
import { startServices, type TestServices } from '../support/emulators.ts';

const NAME = 'orders';
const FULL = 'f'.repeat(32);
const MIDDLE = `8${'0'.repeat(31)}` as HashPosition;
const BOUNDS = { recordsMax: 2000, bytesMax: 2_000_000 };
const md5 = (key: string) => createHash('md5').update(key).digest('hex');

describe('the shards of a stream', () => {
  let services: TestServices;
  let control: KinesisShardControl;
  beforeAll(async () => {
    services = await startServices();
    await createStream(services.clients.kinesis, NAME, 1);
    control = new KinesisShardControl(services.clients.kinesis, NAME);
  });
  afterAll(() => services.stop());

  async function active(): Promise<void> {
    while (!(await control.status()).active) await sleep(20);
  }

  async function put(keys: readonly string[]): Promise<void> {
    const Records = keys.map((key) => ({ PartitionKey: key, Data: Buffer.alloc(100) }));
    await services.clients.kinesis.send(new PutRecordsCommand({ StreamName: NAME, Records }));
  }

  test('are sampled: each record by its size and the MD5 of its key, up to the bounds', async () => {
    const from = (Date.now() - 60_000) as EpochMs;
    const [only] = await control.openShards();
    const { shard, range } = only ?? expect.fail('no shard');
    expect(range).toEqual({ first: '0'.repeat(32), last: FULL });
    expect((await control.sample(shard, from, BOUNDS)).records).toEqual([]);
    const keys = Array.from({ length: 120 }, (_, i) => (i % 2 === 0 ? 'the one' : `Ключ ${i}`));
    await put(keys);
    const { records, spanMs } = await control.sample(shard, from, BOUNDS);
    const expected = keys.map((key) => ({ position: md5(key), bytes: 100 + Buffer.byteLength(key) }));
    expect(records).toEqual(expected);
    // All that there is, up to now.
    expect(spanMs).toBeGreaterThanOrEqual(60_000);
    const some = await control.sample(shard, from, { recordsMax: 60, bytesMax: 2_000_000 });
    expect(some.records).toEqual(expected.slice(0, 60));
    const few = await control.sample(shard, from, { recordsMax: 2000, bytesMax: 100 });
    expect(few.records.length).toBeLessThan(60);
  });

  test('weir shards shows them with their load, and keys by their hashes alone', async () => {
    const { code, stdout } = await weir(['shards', '--stream', NAME, '--json']);
    expect(code).toBe(0);
    const { advice, shards, stream } = JSON.parse(stdout) as {
      stream: string;
      shards: { range: number; share: number; load: number; keys: { md5: string; share: number }[] }[];
      advice: string[];
    };
    expect({ advice, stream }).toEqual({ advice: [], stream: NAME });
    expect(shards).toHaveLength(1);
    expect(shards[0]).toMatchObject({ range: 1, share: 1 });
    expect(shards[0]?.keys[0]?.md5).toBe(md5('the one'));
    // By records or bytes: keys differ in length by little.
    expect(shards[0]?.keys[0]?.share).toBeCloseTo(0.5, 1);
    expect(stdout).not.toContain('the one');
    const text = await weir(['shards', '--stream', NAME]);
    expect(text.stdout).toContain('shardId-000000000000');
    expect(text.stdout).toContain('No shard is hot.');
    expect(text.stdout).not.toContain('the one');
    const unknown = await weir(['shards', '--stream', 'no-such-stream']);
    expect(unknown.code).not.toBe(0);
  });

  test('are split and merged', async () => {
    const first = 'shardId-000000000000' as ShardId;
    expect(await control.status()).toMatchObject({ mode: 'provisioned', active: true, openShards: 1 });
    expect(await control.split(first, MIDDLE)).toBe('begun');
    await active();
    const halves = (await control.openShards()).sort((a, b) => (a.range.first < b.range.first ? -1 : 1));
    expect(halves.map(({ range }) => range)).toEqual([
      { first: '0'.repeat(32), last: `7${'f'.repeat(31)}` },
      { first: MIDDLE, last: FULL },
    ]);
    expect((await control.status()).openShards).toBe(2);
    const [lower, upper] = halves.map(({ shard }) => shard) as [ShardId, ShardId];
    expect(await control.merge(lower, upper)).toBe('begun');
    await active();
    const merged = await control.openShards();
    expect(merged.map(({ range }) => range)).toEqual([{ first: '0'.repeat(32), last: FULL }]);
  });

  test.each([
    ['the stream is being changed', ResourceInUseException],
    ['the shard is closed', InvalidArgumentException],
    ['the shard is gone', ResourceNotFoundException],
  ])('are left to whoever was quicker: %s', async (message, Refusal) => {
    const refusal = new Refusal({ message, $metadata: {} });
    const refusing = { send: () => Promise.reject(refusal) } as unknown as KinesisClient;
    const overtaken = new KinesisShardControl(refusing, NAME);
    const shards = ['shardId-000000000000', 'shardId-000000000001'] as [ShardId, ShardId];
    expect(await overtaken.split(shards[0], MIDDLE)).toBe('overtaken');
    expect(await overtaken.merge(...shards)).toBe('overtaken');
  });

  test('of a service that does not answer are an error of the stream', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_KINESIS', 'http://127.0.0.1:9');
    const nobody = new KinesisShardControl(kinesisClient(), NAME);
    const unavailable = { name: 'DependencyError', dependency: 'stream', failure: 'unavailable' };
    await expect(nobody.openShards()).rejects.toMatchObject(unavailable);
    await expect(nobody.split('shardId-000000000000' as ShardId, MIDDLE)).rejects.toMatchObject(unavailable);
    vi.stubEnv('AWS_ENDPOINT_URL_KINESIS', services.endpoints.kinesis);
  });
});
