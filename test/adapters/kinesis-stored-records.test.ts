import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutRecordCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KinesisStoredRecords } from '#adapters/kinesis-stored-records.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { SequenceNumber, ShardId, StreamId } from '#core/brand.ts';
import { parseSequence } from '#core/protocol/position.ts';
import { createStream } from '#local/create-resources.ts';
import type { Emulator } from '#local/emulators/emulator.ts';
import { startKinesalite } from '#local/emulators/kinesalite.ts';
import { startKinesisLocal } from '#local/emulators/kinesis-local.ts';
import { clientsAt } from '../local/emulators/clients.ts';

const NAME = 'flights';
const shardOf = (shard: string) => ({ stream: 'flights@1' as StreamId, shard: shard as ShardId });
const FIRST = shardOf('shardId-000000000000');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const engines: [string, () => Promise<Emulator>][] = [
  ['kinesalite', () => startKinesalite()],
  ['kinesis-local', () => startKinesisLocal({ workFolder: folder })],
];

describe.each(engines)('what a stream on %s still keeps', (_name, start) => {
  let emulator: Emulator;
  let clients: ReturnType<typeof clientsAt>;
  let stored: KinesisStoredRecords;
  const put: SequenceNumber[] = [];

  beforeAll(async () => {
    emulator = await start();
    clients = clientsAt(emulator.endpoint);
    await createStream(clients.kinesis, NAME, 1);
    stored = new KinesisStoredRecords(clients.kinesis, NAME);
    for (let i = 0; i < 5; i++) await putOne(Uint8Array.of(i, 0xff));
  });
  afterAll(async () => {
    clients.destroy();
    await emulator.stop();
  });

  async function putOne(data: Uint8Array): Promise<void> {
    const record = { StreamName: NAME, Data: data, PartitionKey: 'any' };
    const { SequenceNumber: number } = await clients.kinesis.send(new PutRecordCommand(record));
    put.push(parseSequence(number ?? ''));
  }

  async function read(from: SequenceNumber, shard = FIRST) {
    const found = [];
    for await (const record of stored.recordsFrom(shard, from)) found.push(record);
    return found;
  }

  test('is read from any record on, up to the end: bytes as they were put, and when they arrived', async () => {
    for (const [from, sequence] of put.entries()) {
      const found = await read(sequence);
      expect(found.map((record) => record.sequence)).toEqual(put.slice(from));
      expect(found.map(({ data }) => [...data])).toEqual(put.slice(from).map((_, i) => [from + i, 0xff]));
      for (const { arrival } of found) expect(Math.abs(arrival - Date.now())).toBeLessThan(60_000);
    }
  });

  test('whoever has found what they looked for need not read on', async () => {
    for await (const record of stored.recordsFrom(FIRST, put[0] as SequenceNumber)) {
      expect(record.sequence).toBe(put[0]);
      break;
    }
  });

  test('is what a shard that was split has, to its end; and nothing of a shard that is not there', async () => {
    const half = String(2n ** 127n);
    await clients.kinesis.send(
      new SplitShardCommand({ StreamName: NAME, ShardToSplit: FIRST.shard, NewStartingHashKey: half }),
    );
    expect((await read(put[3] as SequenceNumber)).map(({ sequence }) => sequence)).toEqual(put.slice(3));
    expect(await read(put[0] as SequenceNumber, shardOf('shardId-000000000099'))).toEqual([]);
  });

  test('a stream that does not answer is a dependency’s failure', async () => {
    const nowhere = clientsAt('http://127.0.0.1:9');
    const records = new KinesisStoredRecords(nowhere.kinesis, NAME).recordsFrom(
      FIRST,
      put[0] as SequenceNumber,
    );
    const failed = await records.next().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(DependencyError);
    expect(failed).toMatchObject({ dependency: 'stream', failure: 'unavailable' });
    nowhere.destroy();
  });
});
