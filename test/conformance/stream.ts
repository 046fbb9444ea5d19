import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SequenceNumber } from '#core/brand.ts';
import { compareSequence, parseSequence } from '#core/protocol/position.ts';
import type { ListedShard } from '#local/event-source-mapping/shard-lineage.ts';

/** A record as it was read. */
export interface ReadRecord {
  readonly sequence: string;
  readonly data: Uint8Array;
}

/** A stream of two shards, which halve the hashes. */
export interface StreamStore {
  /** `hash` is at least 0 and less than 1. */
  put(hash: number, data: Uint8Array): Promise<void>;
  /** Splits a shard in two halves. */
  split(shardId: string): Promise<void>;
  merge(shardId: string, rightShardId: string): Promise<void>;
  listShards(): Promise<readonly ListedShard[]>;
  read(
    shardId: string,
    after: string | undefined,
    recordsMax: number,
    closed: boolean,
  ): Promise<{ readonly records: readonly ReadRecord[]; readonly endOfShard: boolean }>;
  close(): Promise<void>;
}

const READS_MAX = 50;

/** What the function and the event source mapping take for granted of a stream. The cases go on from one another. */
export function streamContract(name: string, open: () => Promise<StreamStore>): void {
  describe(`${name}, as a stream`, () => {
    let store: StreamStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());

    const textOf = ({ data }: ReadRecord) => Buffer.from(data).toString();
    const put = (hash: number, text: string) => store.put(hash, Buffer.from(text));
    const openShards = async () => (await store.listShards()).filter(({ closed }) => !closed);

    /** Reads a shard until it ends, or has no more than `count` records. */
    async function readAll(shardId: string, count: number, pageMax = 100) {
      const closed = (await store.listShards()).some((shard) => shard.shardId === shardId && shard.closed);
      const records: ReadRecord[] = [];
      let ended = false;
      for (let i = 0; i < READS_MAX && !ended; i++) {
        if (!closed && records.length >= count) break;
        const read = await store.read(shardId, records.at(-1)?.sequence, pageMax, closed);
        expect(read.records.length).toBeLessThanOrEqual(pageMax);
        records.push(...read.records);
        ended = read.endOfShard;
      }
      expect(records).toHaveLength(count);
      return { records, ended };
    }

    function expectRising(records: readonly ReadRecord[], after?: ReadRecord): void {
      let last: SequenceNumber | undefined = after && parseSequence(after.sequence);
      for (const { sequence } of records) {
        const next = parseSequence(sequence);
        if (last !== undefined) expect(compareSequence(next, last)).toBeGreaterThan(0);
        last = next;
      }
    }

    test('each hash is of one open shard, and a shard keeps the order in which records were put', async () => {
      for (let i = 0; i < 6; i++) await put(i % 2 === 0 ? 0.1 : 0.9, String(i));
      const [left, right] = await openShards();
      const inLeft = await readAll(left?.shardId ?? '', 3);
      const inRight = await readAll(right?.shardId ?? '', 3);
      expect(inLeft.records.map(textOf)).toEqual(['0', '2', '4']);
      expect(inRight.records.map(textOf)).toEqual(['1', '3', '5']);
      for (const { records, ended } of [inLeft, inRight]) {
        expectRising(records);
        expect(ended).toBe(false);
      }
    });

    test('bytes come back as they were', async () => {
      const bytes = Uint8Array.from({ length: 30_000 }, (_, i) => (i * 7919) >> 3);
      await store.put(0.1, bytes);
      const [left] = await openShards();
      const { records } = await readAll(left?.shardId ?? '', 4);
      expect(Buffer.from(records[3]?.data ?? []).equals(Buffer.from(bytes))).toBe(true);
    });

    test('a read goes on behind any record, gives no more than was asked for, and nothing at the tip', async () => {
      const [, right] = await openShards();
      const shardId = right?.shardId ?? '';
      const { records } = await readAll(shardId, 3, 2);
      const behindFirst = await store.read(shardId, records[0]?.sequence, 100, false);
      expect(behindFirst.records.map(textOf)).toEqual(['3', '5']);
      expect((await store.read(shardId, records[2]?.sequence, 100, false)).records).toEqual([]);
      expect((await store.read(shardId, undefined, 1, false)).records.map(textOf)).toEqual(['1']);
    });

    test('a split closes the parent, which ends, and its children go on with greater sequence numbers', async () => {
      const [, parent] = await openShards();
      await store.split(parent?.shardId ?? '');
      await put(0.6, 'a');
      await put(0.9, 'b');
      const listed = await store.listShards();
      expect(listed.find(({ shardId }) => shardId === parent?.shardId)?.closed).toBe(true);
      const children = listed.filter(({ parentShardIds }) => parentShardIds.includes(parent?.shardId ?? ''));
      expect(children.map(({ closed, parentShardIds }) => [closed, parentShardIds.length])).toEqual([
        [false, 1],
        [false, 1],
      ]);
      const ended = await readAll(parent?.shardId ?? '', 3);
      expect(ended.ended).toBe(true);
      const read = await Promise.all(children.map(({ shardId }) => readAll(shardId, 1)));
      expect(read.flatMap(({ records }) => records.map(textOf)).sort()).toEqual(['a', 'b']);
      for (const { records } of read) expectRising(records, ended.records.at(-1));
    });

    test('a merge closes both parents, and their child goes on with greater sequence numbers', async () => {
      const children = (await openShards()).filter(({ parentShardIds }) => parentShardIds.length === 1);
      const ids = children.map(({ shardId }) => shardId);
      await store.merge(ids[0] ?? '', ids[1] ?? '');
      await put(0.55, 'c');
      await put(0.95, 'd');
      const listed = await store.listShards();
      const merged = listed.find(({ parentShardIds }) => parentShardIds.length === 2);
      expect([...(merged?.parentShardIds ?? [])].sort()).toEqual([...ids].sort());
      const { records, ended } = await readAll(merged?.shardId ?? '', 2);
      expect(records.map(textOf)).toEqual(['c', 'd']);
      expect(ended).toBe(false);
      for (const id of ids) {
        const parent = await readAll(id, 1);
        expect(parent.ended).toBe(true);
        expectRising(records, parent.records.at(-1));
      }
    });
  });
}
