import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  type ListShardsCommandInput,
  PutRecordCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KinesisCanaries } from '#adapters/kinesis-canaries.ts';
import { KinesisStreamState } from '#adapters/kinesis-stream-state.ts';
import type { ShardId, StreamId } from '#core/brand.ts';
import { BEFORE_ALL, type Position, parseSequence } from '#core/protocol/position.ts';
import { isCanaryRecord } from '#core/records/canary-record.ts';
import { createStream } from '#local/create-resources.ts';
import type { Emulator } from '#local/emulators/emulator.ts';
import { startKinesalite } from '#local/emulators/kinesalite.ts';
import { startKinesisLocal } from '#local/emulators/kinesis-local.ts';
import { clientsAt } from '../local/emulators/clients.ts';

const NAME = 'flights';
const STREAM = 'flights@1' as StreamId;
const FIRST = { stream: STREAM, shard: 'shardId-000000000000' as ShardId };
/** The middle of the hash keys: where a shard that has all of them is split. */
const MIDDLE = 2n ** 127n;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const engines: [string, () => Promise<Emulator>][] = [
  ['kinesalite', () => startKinesalite()],
  ['kinesis-local', () => startKinesisLocal({ workFolder: folder })],
];
describe.each(engines)('on %s', (_name, start) => {
  let emulator: Emulator;
  let clients: ReturnType<typeof clientsAt>;
  let state: KinesisStreamState;
  beforeAll(async () => {
    emulator = await start();
    clients = clientsAt(emulator.endpoint);
    await createStream(clients.kinesis, NAME, 1);
    state = new KinesisStreamState(clients.kinesis, NAME, STREAM);
  });
  afterAll(async () => {
    clients.destroy();
    await emulator.stop();
  });

  /** Puts a record; gives the position behind all of its events. */
  async function put(hash = 0n): Promise<{ shard: ShardId; position: Position }> {
    const record = { Data: Buffer.from('{}'), PartitionKey: 'any', ExplicitHashKey: String(hash) };
    const put = await clients.kinesis.send(new PutRecordCommand({ StreamName: NAME, ...record }));
    const position = { sequence: parseSequence(put.SequenceNumber ?? ''), events: null };
    return { shard: put.ShardId as ShardId, position };
  }

  test('an open shard is drained where nothing is beyond the position, and is not where something is', async () => {
    expect(await state.listShards()).toEqual([{ key: FIRST, closed: false, firstHash: '0' }]);
    expect(await state.isDrained(FIRST, BEFORE_ALL)).toBe(true);
    const one = await put();
    expect(await state.isDrained(FIRST, BEFORE_ALL)).toBe(false);
    expect(await state.isDrained(FIRST, one.position)).toBe(true);
    const two = await put();
    expect(await state.isDrained(FIRST, one.position)).toBe(false);
    expect(await state.isDrained(FIRST, two.position)).toBe(true);
    // Of this record, only some events are counted: the others are still to come.
    expect(await state.isDrained(FIRST, { ...two.position, events: 3 })).toBe(false);
  });

  test('a shard that was split is closed, and its children are listed beside it', async () => {
    const last = await put();
    const split = { ShardToSplit: FIRST.shard, NewStartingHashKey: String(MIDDLE) };
    await clients.kinesis.send(new SplitShardCommand({ StreamName: NAME, ...split }));
    await active(clients.kinesis);
    const listed = await state.listShards();
    expect(listed).toHaveLength(3);
    expect(listed.filter(({ closed }) => closed)).toEqual([{ key: FIRST, closed: true, firstHash: '0' }]);

    // To its end there is something as long as the last record is not counted.
    expect(await state.isDrained(FIRST, BEFORE_ALL)).toBe(false);
    expect(await state.isDrained(FIRST, last.position)).toBe(true);
    const children = listed.filter(({ closed }) => !closed).map(({ key }) => key);
    for (const child of children) expect(await state.isDrained(child, BEFORE_ALL)).toBe(true);
    const upper = await put(MIDDLE + 1n);
    const drained = await Promise.all(children.map((child) => state.isDrained(child, BEFORE_ALL)));
    expect(drained).toEqual(children.map(({ shard }) => shard !== upper.shard));
  });

  test('each open shard gets a canary, and no other does', async () => {
    const open = (await state.listShards()).filter(({ closed }) => !closed);
    expect(open.map(({ firstHash }) => firstHash)).toEqual(['0', String(MIDDLE)]);
    await new KinesisCanaries(clients.kinesis, NAME).put(open);
    for (const { key } of open) {
      const { ShardIterator } = await clients.kinesis.send(
        new GetShardIteratorCommand({
          ...{ StreamName: NAME, ShardId: key.shard, ShardIteratorType: 'TRIM_HORIZON' },
        }),
      );
      const { Records = [] } = await clients.kinesis.send(new GetRecordsCommand({ ShardIterator }));
      expect(Records.filter(({ Data }) => isCanaryRecord(Data ?? new Uint8Array()))).toHaveLength(1);
    }
  });

  test('a stream or a shard that there is not is an error of the stream', async () => {
    const nowhere = new KinesisStreamState(clients.kinesis, 'nothing', STREAM);
    const refused = { name: 'DependencyError', dependency: 'stream', failure: 'refused' };
    await expect(nowhere.listShards()).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/^stream refused: ListShards: ResourceNotFoundException/),
    });
    const missing = { stream: STREAM, shard: 'shardId-000000000099' as ShardId };
    await expect(state.isDrained(missing, BEFORE_ALL)).rejects.toMatchObject(refused);
  });
});

async function active(client: KinesisClient): Promise<void> {
  for (;;) {
    const { StreamDescriptionSummary: stream } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName: NAME }),
    );
    if (stream?.StreamStatus === 'ACTIVE') return;
    await sleep(20);
  }
}

describe('what the emulators do not do', () => {
  /** A client of which each call is answered by what is given for it. */
  function scripted(answers: Readonly<Record<string, (input: never) => object>>) {
    const calls: string[] = [];
    const client = new KinesisClient({ region: 'us-east-1' });
    client.send = (async (command: {
      readonly constructor: { readonly name: string };
      readonly input: never;
    }) => {
      const name = command.constructor.name.replace(/Command$/, '');
      calls.push(name);
      const answer = answers[name];
      if (answer === undefined) throw new TypeError(`no answer to ${name}`);
      return answer(command.input);
    }) as never;
    return { calls, state: new KinesisStreamState(client, NAME, STREAM) };
  }

  test('pages of shards are all read; a page after the first is asked for by its token alone', async () => {
    const inputs: ListShardsCommandInput[] = [];
    const { state } = scripted({
      ListShards: (input: ListShardsCommandInput) => {
        const at = inputs.push(input);
        const Shards = [{ ShardId: `shard-${at}`, SequenceNumberRange: { StartingSequenceNumber: '1' } }];
        return at < 3 ? { Shards, NextToken: `page ${at + 1}` } : { Shards };
      },
    });
    expect((await state.listShards()).map(({ key }) => key.shard)).toEqual(['shard-1', 'shard-2', 'shard-3']);
    expect(inputs).toEqual([{ StreamName: NAME }, { NextToken: 'page 2' }, { NextToken: 'page 3' }]);
  });

  test('empty parts of a shard are walked through, up to a number of reads', async () => {
    const walk = (emptyReads: number, last: object) => {
      let reads = 0;
      return scripted({
        GetShardIterator: () => ({ ShardIterator: '0' }),
        GetRecords: () => {
          reads += 1;
          const empty = { Records: [], NextShardIterator: String(reads), MillisBehindLatest: 1000 };
          return reads > emptyReads ? { ...empty, ...last } : empty;
        },
      });
    };
    const beyond = walk(4, { Records: [{ SequenceNumber: '9' }] });
    expect(await beyond.state.isDrained(FIRST, BEFORE_ALL)).toBe(false);
    expect(beyond.calls).toHaveLength(6);
    const end = walk(4, { MillisBehindLatest: 0 });
    expect(await end.state.isDrained(FIRST, BEFORE_ALL)).toBe(true);
    // Not known yet: then it counts as one in which something is left.
    const endless = walk(1000, {});
    expect(await endless.state.isDrained(FIRST, BEFORE_ALL)).toBe(false);
    expect(endless.calls.length).toBeLessThan(15);
  });
});
