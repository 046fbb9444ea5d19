import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '#local/emulators/emulator.ts';
import { startKinesalite } from '#local/emulators/kinesalite.ts';
import { startKinesisLocal } from '#local/emulators/kinesis-local.ts';
import { clientsAt } from './clients.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function createStream(client: KinesisClient): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: 'events', ShardCount: 1 }));
  const status = async () =>
    (await client.send(new DescribeStreamSummaryCommand({ StreamName: 'events' }))).StreamDescriptionSummary
      ?.StreamStatus;
  while ((await status()) !== 'ACTIVE') await sleep(10);
}

async function put(client: KinesisClient, ...texts: readonly string[]): Promise<void> {
  const Records = texts.map((text) => ({ PartitionKey: text, Data: Buffer.from(text) }));
  await client.send(new PutRecordsCommand({ StreamName: 'events', Records }));
}

async function readAll(client: KinesisClient): Promise<string[]> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamName: 'events',
      ShardId: 'shardId-000000000000',
      ShardIteratorType: 'TRIM_HORIZON',
    }),
  );
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ Data = new Uint8Array() }) => Buffer.from(Data).toString());
}

/** True when something listens at an endpoint's port on another of this machine's addresses. */
async function isOpenElsewhere(endpoint: string): Promise<boolean> {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const others = addresses.filter(({ family, internal }) => family === 'IPv4' && !internal);
  const open = others.map(
    ({ address }) =>
      new Promise<boolean>((resolve) => {
        const socket = connect(Number(new URL(endpoint).port), address);
        socket.on('connect', () => resolve(true));
        socket.on('error', () => resolve(false));
      }),
  );
  return (await Promise.all(open)).includes(true);
}

const engines: [string, () => Promise<Emulator>][] = [
  ['kinesalite', () => startKinesalite()],
  ['kinesis-local', () => startKinesisLocal({ workFolder: folder })],
];
describe.each(engines)('%s', (_name, start) => {
  test('keeps records, listens on 127.0.0.1 only, and stops', async () => {
    const emulator = await start();
    const { kinesis, destroy } = clientsAt(emulator.endpoint);
    await createStream(kinesis);
    await put(kinesis, 'one', 'two', 'three');
    expect(await readAll(kinesis)).toEqual(['one', 'two', 'three']);
    expect(new URL(emulator.endpoint).hostname).toBe('127.0.0.1');
    expect(await isOpenElsewhere(emulator.endpoint)).toBe(false);
    await emulator.stop();
    await emulator.stop();
    await expect(fetch(emulator.endpoint)).rejects.toThrow('fetch failed');
    destroy();
  });

  test('several run at once', async () => {
    const emulators = await Promise.all([start(), start()]);
    for (const [index, { endpoint }] of emulators.entries()) {
      const { kinesis, destroy } = clientsAt(endpoint);
      await createStream(kinesis);
      await put(kinesis, `at ${index}`);
      expect(await readAll(kinesis)).toEqual([`at ${index}`]);
      destroy();
    }
    await Promise.all(emulators.map((emulator) => emulator.stop()));
  });
});

test('kinesalite keeps the stream in its data folder', async () => {
  const dataFolder = join(folder, 'stream');
  for (const expected of [['first'], ['first', 'second']]) {
    const emulator = await startKinesalite({ dataFolder });
    const { kinesis, destroy } = clientsAt(emulator.endpoint);
    if (expected.length === 1) await createStream(kinesis);
    await put(kinesis, expected.at(-1) ?? '');
    expect(await readAll(kinesis)).toEqual(expected);
    await emulator.stop();
    destroy();
  }
});

test('a client that goes away in the middle of a request does no harm', async () => {
  const emulator = await startKinesalite();
  const { hostname, port } = new URL(emulator.endpoint);
  const socket = connect(Number(port), hostname);
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"half');
  await sleep(50);
  socket.destroy();
  await sleep(50);
  const { kinesis, destroy } = clientsAt(emulator.endpoint);
  await createStream(kinesis);
  expect(await readAll(kinesis)).toEqual([]);
  await emulator.stop();
  destroy();
});

test('requests under way when it is stopped are answered', async () => {
  const emulator = await startKinesalite();
  const { kinesis, destroy } = clientsAt(emulator.endpoint);
  await createStream(kinesis);
  await put(kinesis, ...Array.from({ length: 500 }, (_, index) => `record ${index}`));
  const reading = readAll(kinesis);
  const puts = Array.from({ length: 20 }, () => put(kinesis, 'late').catch(() => 'refused'));
  await sleep(5);
  await emulator.stop();
  const ends = await Promise.allSettled([reading, ...puts]);
  expect(ends).toHaveLength(21);
  destroy();
});
