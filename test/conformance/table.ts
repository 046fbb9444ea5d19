import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Table, WindowRange } from '#app/ports/table.ts';
import type { EpochMs, SequenceNumber, ShardId, StreamId, WindowStart } from '#core/brand.ts';
import type { Hole } from '#core/degradation/hole.ts';
import type { Block } from '#core/protocol/block.ts';
import type { Final } from '#core/protocol/final.ts';
import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import { EMPTY_REGISTRY, type Registry, type ShardKey } from '#core/protocol/registry.ts';

/** A store that holds tables of several pipelines. */
export interface TableStore {
  tableOf(pipeline: string): Table;
  close(): Promise<void>;
}

const STREAM = 'flights@1767225600' as StreamId;
const SHARD: ShardKey = { stream: STREAM, shard: 'shardId-000000000000' as ShardId };
const SIBLING: ShardKey = { stream: STREAM, shard: 'shardId-000000000001' as ShardId };
const HOUR_MS = 3_600_000;
const WRITERS = 20;

/** A head with something in every field, the longest and the least that there may be. */
function fullHead(rev: number): Head {
  const key = { aggregate: 'delays', generation: '1a2b3c4d5e6f7', windowStart: -HOUR_MS as WindowStart };
  const pending = {
    key,
    windowEnd: 0 as EpochMs,
    groupsMax: 10_000,
    keepMs: 31 * 86_400_000,
    carriedBytes: 123_456,
    bytes: Uint8Array.of(0, 255, 128),
    fold: true,
  };
  return {
    ...EMPTY_HEAD,
    rev,
    n: Number.MAX_SAFE_INTEGER,
    position: { sequence: `9${'8'.repeat(128)}` as SequenceNumber, events: 7 },
    ledger: { received: 21, aggregated: 1, invalid: 2, duplicate: 3, late: 4, expired: 5, held: 6 },
    watermark: -1 as EpochMs,
    pending: [
      pending,
      { ...pending, key: { ...key, windowStart: 0 as WindowStart }, fold: false, keepMs: null },
      { ...pending, key: { ...key, late: true } },
    ],
    blockBytes: new Map([
      ['delays', 4096],
      ['totals', 0],
    ]),
    suspect: { sequence: '0' as SequenceNumber, event: null, attempts: 2 },
    crashes: { since: 1_767_225_600_000 as EpochMs, count: 5 },
    newest: { time: -1 as EpochMs, arrival: 1_767_225_600_000 as EpochMs },
    lastEnd: HOUR_MS as EpochMs,
    load: {
      level: 2,
      seen: { at: 1_767_225_600_000 as EpochMs, lagMs: 12_345 },
      high: null,
      calmSince: -1 as EpochMs,
      measuring: { from: 0 as EpochMs, units: 17 },
      unitsPerSecond: 1 / 3,
    },
    holes: [{ ...hole('1', 0), store: true }],
    lastHole: { sequence: '1' as SequenceNumber, events: null },
    ended: true,
    seen: {
      arrived: 4_294_967_295,
      forgotten: 1,
      recent: Uint8Array.of(0, 255),
      segments: [{ name: 'a-_9'.repeat(4), from: 0, to: 4_294_967_295, ids: 47_000 }],
    },
  };
}

function hole(sequence: string, event: number, bytes: Uint8Array = Uint8Array.of(1, 2)): Hole {
  return {
    first: { sequence: sequence as SequenceNumber, event },
    last: { sequence: sequence as SequenceNumber, events: event + 5 },
    arrival: 1_767_225_600_000 as EpochMs,
    reduced: 4,
    held: 1,
    bytes,
  };
}

async function holesOf(table: Table, sequence: string, events: number | null, shard = SHARD) {
  const found: string[] = [];
  const from = { sequence: sequence as SequenceNumber, events };
  for await (const { first } of table.readHoles(shard, from)) found.push(`${first.sequence} ${first.event}`);
  return found;
}

function block(hour: number, n: number, bytes: Uint8Array = Uint8Array.of(n)): Block {
  const windowStart = (hour * HOUR_MS) as WindowStart;
  return { key: { aggregate: 'delays', generation: 'g', windowStart }, n, bytes };
}

function lateBlock(hour: number, n: number): Block {
  const { key, bytes } = block(hour, n);
  return { key: { ...key, late: true }, n, bytes };
}

function final(hour: number, bytes: Uint8Array = Uint8Array.of(1), levelMs = HOUR_MS): Final {
  const { windowStart } = block(hour, 0).key;
  return { key: { aggregate: 'delays', generation: 'g', levelMs, windowStart }, bytes };
}

const DELAYS = { name: 'delays', generation: 'g' };

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Hour, shard and n of each late block. */
async function lateOf(table: Table, range: WindowRange = {}): Promise<unknown[]> {
  const found = await all(table.readLateBlocks(DELAYS, range));
  return found.map(({ shard, block: { key, n } }) => [key.windowStart / HOUR_MS, shard.shard.at(-1), n]);
}

async function finalsOf(table: Table, range: WindowRange = {}, levelMs = HOUR_MS): Promise<number[]> {
  const found = await all(table.readFinals(DELAYS, levelMs, range));
  return found.map(({ key }) => key.windowStart / HOUR_MS);
}

async function hoursOf(table: Table, shard: ShardKey, range: WindowRange): Promise<number[]> {
  const hours: number[] = [];
  for await (const { key } of table.readBlocks(shard, DELAYS, range)) {
    hours.push(key.windowStart / HOUR_MS);
  }
  return hours;
}

/** What the protocol takes for granted of a table: to be run against every table that it, or its proof, runs on. */
export function tableContract(name: string, open: () => Promise<TableStore>): void {
  describe(`${name}, as a table`, () => {
    let store: TableStore;
    let pipelines = 0;
    const run = Math.floor(Math.random() * 2 ** 40).toString(36);
    /** A pipeline that nobody has written to. */
    const fresh = (): Table => {
      pipelines += 1;
      return store.tableOf(`conformance-${run}-${pipelines}`);
    };
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());

    test('has no registry, head, block or final before one is written', async () => {
      const table = fresh();
      expect(await table.readRegistry()).toBeUndefined();
      expect(await table.readHead(SHARD)).toBeUndefined();
      expect(await table.readBlock(SHARD, block(0, 1).key)).toBeUndefined();
      expect(await hoursOf(table, SHARD, {})).toEqual([]);
      expect(await lateOf(table)).toEqual([]);
      expect(await finalsOf(table)).toEqual([]);
    });

    test('gives back what was written, whole', async () => {
      const table = fresh();
      const registry: Registry = {
        version: 1,
        shards: [SHARD, SIBLING],
        gone: [{ ...SHARD, stream: 'flights@1767225599' as StreamId }],
        goneLedger: fullHead(1).ledger,
        closedThrough: -1 as EpochMs,
        finalThrough: -HOUR_MS as EpochMs,
        definitions: [{ aggregate: 'a', generation: 'g', space: 's', metrics: ['["n","count"]'] }],
      };
      await table.writeRegistry(registry);
      expect(await table.readRegistry()).toEqual(registry);
      await table.writeHead(SHARD, fullHead(1));
      expect(await table.readHead(SHARD)).toEqual(fullHead(1));
      await table.writeHead(SHARD, { ...EMPTY_HEAD, rev: 2 });
      expect(await table.readHead(SHARD)).toEqual({ ...EMPTY_HEAD, rev: 2 });
      const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
      await table.writeBlock(SHARD, block(5, 3, bytes), undefined, null);
      expect(await table.readBlock(SHARD, block(5, 0).key)).toEqual(block(5, 3, bytes));
      await table.writeFinal(final(5, bytes), null);
      expect(await all(table.readFinals(DELAYS, HOUR_MS, {}))).toEqual([final(5, bytes)]);
    });

    test('has a segment from when it is written on, whole, in its pipeline alone', async () => {
      const table = fresh();
      expect(await table.readSegment('name-_09')).toBeUndefined();
      const bytes = Uint8Array.from({ length: 380_000 }, (_, i) => i % 251);
      await table.writeSegment('name-_09', bytes, 60_000);
      expect(await table.readSegment('name-_09')).toEqual(bytes);
      expect(await table.readSegment('name-_0')).toBeUndefined();
      expect(await fresh().readSegment('name-_09')).toBeUndefined();
      // As a client's own second attempt does.
      await table.writeSegment('name-_09', bytes, 60_000);
      expect(await table.readSegment('name-_09')).toEqual(bytes);
    });

    test('writes the registry only onto the version before', async () => {
      const table = fresh();
      expect(await table.writeRegistry({ ...EMPTY_REGISTRY, version: 2 })).toBe('conflict');
      expect(await table.writeRegistry({ ...EMPTY_REGISTRY, version: 1, shards: [SHARD] })).toBe('written');
      expect(await table.writeRegistry({ ...EMPTY_REGISTRY, version: 1 })).toBe('conflict');
      expect(await table.writeRegistry({ ...EMPTY_REGISTRY, version: 3 })).toBe('conflict');
      expect(await table.readRegistry()).toEqual({ ...EMPTY_REGISTRY, version: 1, shards: [SHARD] });
      expect(await table.writeRegistry({ ...EMPTY_REGISTRY, version: 2, shards: [SHARD, SIBLING] })).toBe(
        'written',
      );
    });

    test('writes a head only onto the rev before', async () => {
      const table = fresh();
      expect(await table.writeHead(SHARD, fullHead(2))).toBe('conflict');
      expect(await table.writeHead(SHARD, fullHead(1))).toBe('written');
      for (const rev of [1, 3, 0])
        expect(await table.writeHead(SHARD, { ...EMPTY_HEAD, rev })).toBe('conflict');
      expect(await table.readHead(SHARD)).toEqual(fullHead(1));
      expect(await table.writeHead(SHARD, fullHead(2))).toBe('written');
      expect((await table.readHead(SHARD))?.rev).toBe(2);
    });

    test('writes a block only onto the n that was read', async () => {
      const table = fresh();
      expect(await table.writeBlock(SHARD, block(0, 5), 4, null)).toBe('conflict');
      expect(await table.writeBlock(SHARD, block(0, 5), undefined, null)).toBe('written');
      for (const expected of [undefined, 4, 6, 0]) {
        expect(await table.writeBlock(SHARD, block(0, 9), expected, null)).toBe('conflict');
      }
      expect(await table.readBlock(SHARD, block(0, 0).key)).toEqual(block(0, 5));
      // The n of a block need not be the next one: not every head folds into every block.
      expect(await table.writeBlock(SHARD, block(0, 17), 5, null)).toBe('written');
      expect((await table.readBlock(SHARD, block(0, 0).key))?.n).toBe(17);
    });

    test('lets one of many writers at once through, and tells each what became of its write', async () => {
      const table = fresh();
      const numbers = Array.from({ length: WRITERS }, (_, i) => i);
      const heads = await Promise.all(
        numbers.map((n) => table.writeHead(SHARD, { ...EMPTY_HEAD, rev: 1, n })),
      );
      expect(heads.filter((outcome) => outcome === 'written')).toHaveLength(1);
      expect((await table.readHead(SHARD))?.n).toBe(heads.indexOf('written'));
      const blocks = await Promise.all(
        numbers.map((n) => table.writeBlock(SHARD, block(0, n), undefined, null)),
      );
      expect(blocks.filter((outcome) => outcome === 'written')).toHaveLength(1);
      expect((await table.readBlock(SHARD, block(0, 0).key))?.n).toBe(blocks.indexOf('written'));
    });

    test('reads what was written before, at once', async () => {
      const table = fresh();
      for (let rev = 1; rev <= 30; rev++) {
        await table.writeHead(SHARD, { ...EMPTY_HEAD, rev });
        expect((await table.readHead(SHARD))?.rev).toBe(rev);
        await table.writeBlock(SHARD, block(rev, rev), undefined, null);
        expect((await hoursOf(table, SHARD, {})).at(-1)).toBe(rev);
      }
    });

    test('keeps shards, streams and pipelines apart', async () => {
      const [table, other] = [fresh(), fresh()];
      const remade: ShardKey = { ...SHARD, stream: 'flights@1767225601' as StreamId };
      await table.writeHead(SHARD, fullHead(1));
      await table.writeBlock(SHARD, block(0, 1), undefined, null);
      await table.writeRegistry({ ...EMPTY_REGISTRY, version: 1, shards: [SHARD] });
      for (const [elsewhere, shard] of [
        [table, SIBLING],
        [table, remade],
        [other, SHARD],
      ] as const) {
        expect(await elsewhere.readHead(shard)).toBeUndefined();
        expect(await elsewhere.readBlock(shard, block(0, 1).key)).toBeUndefined();
        expect(await hoursOf(elsewhere, shard, {})).toEqual([]);
        expect(await elsewhere.writeHead(shard, { ...EMPTY_HEAD, rev: 1 })).toBe('written');
      }
      expect(await other.readRegistry()).toBeUndefined();
      expect(await table.readHead(SHARD)).toEqual(fullHead(1));
    });

    test('keeps aggregates and their generations apart', async () => {
      const table = fresh();
      await table.writeBlock(SHARD, block(0, 1), undefined, null);
      const { key } = block(0, 1);
      for (const change of [{ aggregate: 'delay' }, { aggregate: 'delays2' }, { generation: 'h' }]) {
        const another = { ...key, ...change };
        expect(await table.readBlock(SHARD, another)).toBeUndefined();
        const found: Block[] = [];
        const aggregate = { name: another.aggregate, generation: another.generation };
        for await (const each of table.readBlocks(SHARD, aggregate, {})) found.push(each);
        expect(found).toEqual([]);
      }
    });

    test('keeps late blocks apart from those on time, and writes them only onto the n that was read', async () => {
      const table = fresh();
      await table.writeBlock(SHARD, block(1, 7), undefined, null);
      expect(await table.readBlock(SHARD, lateBlock(1, 0).key)).toBeUndefined();
      expect(await table.writeBlock(SHARD, lateBlock(1, 8), 7, null)).toBe('conflict');
      expect(await table.writeBlock(SHARD, lateBlock(1, 8), undefined, null)).toBe('written');
      expect(await table.writeBlock(SHARD, lateBlock(1, 9), undefined, null)).toBe('conflict');
      expect(await table.writeBlock(SHARD, lateBlock(1, 9), 8, null)).toBe('written');
      expect(await table.readBlock(SHARD, lateBlock(1, 0).key)).toEqual(lateBlock(1, 9));
      expect(await table.readBlock(SHARD, block(1, 0).key)).toEqual(block(1, 7));
      expect(await hoursOf(table, SHARD, {})).toEqual([1]);
      await table.writeBlock(SHARD, lateBlock(2, 1), undefined, null);
      expect(await hoursOf(table, SHARD, {})).toEqual([1]);
      expect(await all(table.readLateBlocks(DELAYS, {}))).toEqual([
        { shard: SHARD, block: lateBlock(1, 9) },
        { shard: SHARD, block: lateBlock(2, 1) },
      ]);
    });

    test('finds the late blocks of all shards, by window, over all pages, within a range', async () => {
      const table = fresh();
      const other = fresh();
      const remade: ShardKey = { ...SHARD, stream: 'flights@1767225601' as StreamId };
      const large = new Uint8Array(300_000);
      for (const hour of [10, -1, 2])
        for (const [n, shard] of [SIBLING, SHARD, remade].entries())
          await table.writeBlock(shard, { ...lateBlock(hour, n), bytes: large }, undefined, null);
      await other.writeBlock(SHARD, lateBlock(3, 1), undefined, null);
      const { key } = lateBlock(4, 1);
      for (const change of [{ aggregate: 'delay' }, { generation: 'h' }])
        await table.writeBlock(SHARD, { ...lateBlock(4, 1), key: { ...key, ...change } }, undefined, null);
      const ofHour = (hour: number) => [
        [hour, '0', 1],
        [hour, '1', 0],
        [hour, '0', 2],
      ];
      expect(await lateOf(table)).toEqual([...ofHour(-1), ...ofHour(2), ...ofHour(10)]);
      const at = (hour: number) => (hour * HOUR_MS) as WindowStart;
      expect(await lateOf(table, { from: at(2) })).toEqual([...ofHour(2), ...ofHour(10)]);
      expect(await lateOf(table, { from: at(-1), to: at(10) })).toEqual([...ofHour(-1), ...ofHour(2)]);
      expect(await lateOf(table, { from: at(3), to: at(10) })).toEqual([]);
      expect(await lateOf(table, { from: at(10), to: at(2) })).toEqual([]);
    });

    test('writes a final once, and never changes it', async () => {
      const table = fresh();
      expect(await table.writeFinal(final(0, Uint8Array.of(1, 2)), null)).toBe('written');
      expect(await table.writeFinal(final(0, Uint8Array.of(3)), null)).toBe('conflict');
      expect(await table.writeFinal(final(0, Uint8Array.of(1, 2)), 1000)).toBe('conflict');
      expect(await all(table.readFinals(DELAYS, HOUR_MS, {}))).toEqual([final(0, Uint8Array.of(1, 2))]);
      const outcomes = await Promise.all(
        Array.from({ length: WRITERS }, (_, i) => table.writeFinal(final(1, Uint8Array.of(i)), null)),
      );
      expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
      const [, second] = await all(table.readFinals(DELAYS, HOUR_MS, {}));
      expect(second?.bytes).toEqual(Uint8Array.of(outcomes.indexOf('written')));
    });

    test('gives the finals of one level by window, over all pages, within a range', async () => {
      const table = fresh();
      const other = fresh();
      const large = new Uint8Array(300_000);
      for (const hour of [10, 0, -1, 9, 1]) await table.writeFinal(final(hour, large), 86_400_000);
      await table.writeFinal(final(0, large, 24 * HOUR_MS), null);
      await other.writeFinal(final(2), null);
      const { key } = final(3);
      for (const change of [{ aggregate: 'delay' }, { generation: 'h' }])
        await table.writeFinal({ ...final(3), key: { ...key, ...change } }, null);
      const at = (hour: number) => (hour * HOUR_MS) as WindowStart;
      expect(await finalsOf(table)).toEqual([-1, 0, 1, 9, 10]);
      expect(await finalsOf(table, {}, 24 * HOUR_MS)).toEqual([0]);
      expect(await finalsOf(table, { from: at(0), to: at(10) })).toEqual([0, 1, 9]);
      expect(await finalsOf(table, { from: at(10) })).toEqual([10]);
      expect(await finalsOf(table, { to: at(0) })).toEqual([-1]);
      expect(await finalsOf(table, { from: at(2), to: at(9) })).toEqual([]);
      expect(await finalsOf(table, { from: at(9), to: at(2) })).toEqual([]);
    });

    test('keeps holes in the order of the stream, by whole numbers of any length, once', async () => {
      const table = fresh();
      const large = new Uint8Array(300_000);
      const long = '1'.repeat(129);
      const items = [
        [hole('9', 0), hole('9', 5)],
        [hole('10', 2)],
        [hole('10', 11, large)],
        [hole('123', 0, large)],
        [hole(long, 0, large)],
      ];
      for (const item of items.toReversed()) expect(await table.writeHoles(SHARD, item)).toBe('written');
      for (const item of items) expect(await table.writeHoles(SHARD, item)).toBe('conflict');
      await table.writeHoles(SIBLING, [hole('50', 0)]);
      const all = ['9 0', '9 5', '10 2', '10 11', '123 0', `${long} 0`];
      expect(await holesOf(table, '', null)).toEqual(all);
      // From the item on that may have what is behind: an item is found by its first hole.
      expect(await holesOf(table, '9', 3)).toEqual(all);
      expect(await holesOf(table, '10', 2)).toEqual(all.slice(2));
      expect(await holesOf(table, '10', 12)).toEqual(all.slice(3));
      expect(await holesOf(table, '99', null)).toEqual(all.slice(3));
      expect(await holesOf(table, '2'.repeat(129), 0)).toEqual(all.slice(5));
      expect(await holesOf(table, '0', null, SIBLING)).toEqual(['50 0']);
      const read: Hole[] = [];
      for await (const each of table.readHoles(SIBLING, { sequence: '60' as SequenceNumber, events: 0 }))
        read.push(each);
      expect(read).toEqual([hole('50', 0)]);
    });

    test('gives the blocks of a range by window, over all pages', async () => {
      const table = fresh();
      const years = [1, 1969, 1970, 2026, 9999].map(
        (year) => Date.parse(`${String(year).padStart(4, '0')}-06-01T00:00Z`) / HOUR_MS,
      );
      const hours = [...years, -1, 0, 1, 10, 9].sort((a, b) => a - b);
      const large = new Uint8Array(300_000);
      for (const hour of hours.toReversed())
        await table.writeBlock(SHARD, block(hour, 1, large), undefined, null);
      const at = (hour: number) => (hour * HOUR_MS) as WindowStart;
      expect(await hoursOf(table, SHARD, {})).toEqual(hours);
      expect(await hoursOf(table, SHARD, { from: at(0), to: at(10) })).toEqual([0, 1, 9]);
      expect(await hoursOf(table, SHARD, { from: at(1) })).toEqual(hours.filter((hour) => hour >= 1));
      expect(await hoursOf(table, SHARD, { to: at(0) })).toEqual(hours.filter((hour) => hour < 0));
      expect(await hoursOf(table, SHARD, { from: at(2), to: at(9) })).toEqual([]);
    });
  });
}
