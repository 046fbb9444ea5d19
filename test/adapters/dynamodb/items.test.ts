import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Item, ItemError } from '#adapters/dynamodb/attributes.ts';
import { fromBlockItem, toBlockItem } from '#adapters/dynamodb/block-item.ts';
import { fromHeadItem, toHeadItem } from '#adapters/dynamodb/head-item.ts';
import { fromHolesItem, toHolesItem } from '#adapters/dynamodb/hole-item.ts';
import { fromRegistryItem, toRegistryItem } from '#adapters/dynamodb/registry-item.ts';
import {
  blockKey,
  finalKey,
  headKey,
  partsOfLateSortKey,
  registryKey,
  windowOfSortKey,
  windowSortKey,
} from '#contracts/table-keys.ts';
import type { EpochMs, SequenceNumber, ShardId, StreamId, WindowStart } from '#core/brand.ts';
import type { Hole } from '#core/degradation/hole.ts';
import { NO_LOAD } from '#core/degradation/ladder.ts';
import { IdList, NO_IDS } from '#core/duplicates/id-list.ts';
import type { SeenIds, SegmentRef } from '#core/duplicates/seen-ids.ts';
import { EMPTY_HEAD, type Head, holeBytes, type PendingHole, pendingBytes } from '#core/protocol/head.ts';
import { EMPTY_LEDGER, LEDGER_COUNTERS, type Ledger } from '#core/protocol/ledger.ts';
import { BEFORE_ALL } from '#core/protocol/position.ts';
import { EMPTY_REGISTRY, type Registry } from '#core/protocol/registry.ts';
import { itemBytes } from '#local/emulators/item-size.ts';

const nat = fc.maxSafeNat();
const time = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
const sequence = fc.stringMatching(/^[1-9]\d{0,128}$/).map((text) => text as SequenceNumber);
const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,63}$/);
const bytes = fc.uint8Array({ maxLength: 40 });

const epochMs = time as fc.Arbitrary<EpochMs>;
const ledger = fc
  .tuple(...LEDGER_COUNTERS.map(() => nat))
  .map(
    (counts) =>
      Object.fromEntries(LEDGER_COUNTERS.map((counter, i) => [counter, counts[i]])) as unknown as Ledger,
  );

const segment: fc.Arbitrary<SegmentRef> = fc
  .record({ name, from: fc.nat(), length: fc.nat(), ids: nat })
  .map(({ length, ...ref }) => ({ ...ref, to: ref.from + length }));

const seen: fc.Arbitrary<SeenIds> = fc.record({
  arrived: nat,
  forgotten: nat,
  recent: bytes,
  segments: fc.array(segment, { maxLength: 4 }),
});

const position = fc.record({ sequence, events: fc.option(nat) });

const hole: fc.Arbitrary<PendingHole> = fc.record({
  first: fc.record({ sequence, event: nat }),
  last: position,
  arrival: epochMs,
  reduced: nat,
  held: nat,
  bytes,
  store: fc.boolean(),
});

const head: fc.Arbitrary<Head> = fc.record({
  rev: nat,
  n: nat,
  position: fc.oneof(fc.constant(BEFORE_ALL), position),
  ledger,
  watermark: fc.option(epochMs),
  pending: fc.array(
    fc.record({
      key: fc.record(
        {
          aggregate: name,
          generation: name,
          windowStart: time as fc.Arbitrary<WindowStart>,
          late: fc.constant(true as const),
        },
        { requiredKeys: ['aggregate', 'generation', 'windowStart'] },
      ),
      windowEnd: epochMs,
      groupsMax: nat,
      keepMs: fc.option(nat),
      bytes,
      carriedBytes: nat,
      fold: fc.boolean(),
    }),
    { maxLength: 4 },
  ),
  blockBytes: fc.dictionary(name, nat, { maxKeys: 4 }).map((sizes) => new Map(Object.entries(sizes))),
  suspect: fc.option(fc.record({ sequence, event: fc.option(nat), attempts: nat })),
  crashes: fc.option(fc.record({ since: epochMs, count: nat })),
  newest: fc.option(fc.record({ time: epochMs, arrival: epochMs })),
  canary: fc.option(fc.record({ arrival: epochMs, counted: epochMs })),
  lastEnd: fc.option(epochMs),
  load: fc.oneof(
    fc.constant(NO_LOAD),
    fc.record({
      level: fc.constantFrom(0, 1, 2),
      seen: fc.option(fc.record({ at: epochMs, lagMs: nat })),
      high: fc.option(fc.record({ since: epochMs, lagMs: nat })),
      calmSince: fc.option(epochMs),
      measuring: fc.option(fc.record({ from: epochMs, units: nat })),
      unitsPerSecond: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }).map((rate) => rate + 0)),
    }),
  ),
  holes: fc.array(hole, { maxLength: 3 }),
  lastHole: fc.option(position),
  ended: fc.boolean(),
  seen: fc.option(seen),
});

describe('items read back as what was written:', () => {
  test('heads', () => {
    fc.assert(
      fc.property(head, (each) => {
        expect(fromHeadItem(toHeadItem(each))).toEqual(each);
      }),
    );
    expect(fromHeadItem(toHeadItem(EMPTY_HEAD))).toEqual(EMPTY_HEAD);
  });

  test('blocks', () => {
    const key = { aggregate: 'a', generation: 'g', windowStart: 0 as WindowStart };
    fc.assert(
      fc.property(nat, bytes, (n, groups) => {
        const block = { key, n, bytes: groups };
        expect(fromBlockItem(toBlockItem(block), key)).toEqual(block);
      }),
    );
  });

  test('registries', () => {
    const shard = fc.record({
      stream: fc.string().map((text) => text as StreamId),
      shard: fc.string().map((text) => text as ShardId),
    });
    const registry: fc.Arbitrary<Registry> = fc.record({
      version: nat,
      shards: fc.array(shard),
      gone: fc.array(shard),
      // A ledger that counts nothing received counts nothing else.
      goneLedger: ledger.map((each) => (each.received === 0 ? EMPTY_LEDGER : each)),
      closedThrough: fc.option(epochMs),
      finalThrough: fc.option(epochMs),
      definitions: fc.array(
        fc.record({
          aggregate: fc.string(),
          generation: fc.string(),
          space: fc.string(),
          metrics: fc.array(fc.string()),
        }),
      ),
    });
    fc.assert(
      fc.property(registry, (each) => {
        expect(fromRegistryItem(toRegistryItem(each))).toEqual(each);
      }),
    );
    expect(fromRegistryItem(toRegistryItem(EMPTY_REGISTRY))).toEqual(EMPTY_REGISTRY);
  });
});

test('a head is taken to be as large as DynamoDB counts it, within a tenth and 100 bytes', () => {
  fc.assert(
    fc.property(head, ({ pending }) => {
      const item = toHeadItem({ ...EMPTY_HEAD, pending });
      const json = JSON.stringify({ pending: item.pending }, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
      );
      const size = itemBytes(JSON.parse(json) as Record<string, unknown>);
      expect(Math.abs(pendingBytes(pending) - size)).toBeLessThanOrEqual(100 + size / 10);
    }),
  );
});

test('holes in a head are taken to be no smaller than DynamoDB counts them', () => {
  fc.assert(
    fc.property(fc.array(hole, { maxLength: 3 }), (holes) => {
      const ofKinesis = holes.map((each) => ({
        ...each,
        first: { ...each.first, sequence: '4'.repeat(56) as SequenceNumber },
        last: { ...each.last, sequence: '5'.repeat(56) as SequenceNumber },
      }));
      const item = toHeadItem({ ...EMPTY_HEAD, holes: ofKinesis });
      const json = JSON.stringify({ holes: item.holes ?? { L: [] } }, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
      );
      const size = itemBytes(JSON.parse(json) as Record<string, unknown>);
      expect(holeBytes(ofKinesis)).toBeGreaterThanOrEqual(size - 20);
      expect(holeBytes(ofKinesis)).toBeLessThanOrEqual(size + 100 * holes.length);
    }),
  );
});

/*
 * Versions 1 to 4 of what stands in users' tables. These are never changed: a test that fails here means that a
 * deployed table could not be read any more. Another version gets items of its own, and keeps reading these.
 */
const GOLDEN_HEAD: Item = {
  v: { N: '1' },
  rev: { N: '1234567' },
  n: { N: '98765' },
  position: { M: { s: { S: '49590338271490256608559692538361571095921575989136588898' }, e: { N: '17' } } },
  ledger: { M: { received: { N: '1000' }, aggregated: { N: '990' }, invalid: { N: '10' } } },
  watermark: { N: '980938800000' },
  pending: {
    L: [
      {
        M: {
          a: { S: 'delays_by_origin' },
          g: { S: '0k9315brb0py7' },
          s: { N: '980938800000' },
          e: { N: '980942400000' },
          m: { N: '10000' },
          c: { N: '512' },
          f: { BOOL: true },
          b: { B: Uint8Array.of(1, 2, 3) },
        },
      },
    ],
  },
  blockBytes: { M: { delays_by_origin: { N: '742' } } },
  suspect: {
    M: { s: { S: '49590338271490256608559692538361571095921575989136588899' }, e: { N: '3' }, n: { N: '2' } },
  },
  crashes: { M: { since: { N: '980938800001' }, count: { N: '4' } } },
};

const OF_GOLDEN_HEAD: Head = {
  rev: 1_234_567,
  n: 98_765,
  position: {
    sequence: '49590338271490256608559692538361571095921575989136588898' as SequenceNumber,
    events: 17,
  },
  ledger: { received: 1000, aggregated: 990, invalid: 10, duplicate: 0, late: 0, expired: 0, held: 0 },
  watermark: 980_938_800_000 as EpochMs,
  pending: [
    {
      key: {
        aggregate: 'delays_by_origin',
        generation: '0k9315brb0py7',
        windowStart: 980_938_800_000 as WindowStart,
      },
      windowEnd: 980_942_400_000 as EpochMs,
      groupsMax: 10_000,
      keepMs: null,
      carriedBytes: 512,
      fold: true,
      bytes: Uint8Array.of(1, 2, 3),
    },
  ],
  blockBytes: new Map([['delays_by_origin', 742]]),
  suspect: {
    sequence: '49590338271490256608559692538361571095921575989136588899' as SequenceNumber,
    event: 3,
    attempts: 2,
  },
  crashes: { since: 980_938_800_001 as EpochMs, count: 4 },
  newest: null,
  canary: null,
  lastEnd: null,
  load: NO_LOAD,
  holes: [],
  lastHole: null,
  ended: false,
  seen: null,
};

/** What version 2 has beside that. */
const GOLDEN_DELTA_2 = {
  a: { S: 'delays_by_origin' },
  g: { S: '0k9315brb0py7' },
  s: { N: '980935200000' },
  e: { N: '980938800000' },
  m: { N: '10000' },
  c: { N: '0' },
  f: { BOOL: false },
  l: { BOOL: true },
  k: { N: '2595600000' },
  b: { B: Uint8Array.of(4) },
};

const GOLDEN_HEAD_2: Item = {
  ...GOLDEN_HEAD,
  v: { N: '2' },
  ledger: {
    M: {
      received: { N: '1000' },
      aggregated: { N: '980' },
      invalid: { N: '10' },
      late: { N: '7' },
      expired: { N: '3' },
    },
  },
  pending: { L: [...(GOLDEN_HEAD.pending?.L ?? []), { M: GOLDEN_DELTA_2 }] },
  newest: { M: { t: { N: '980942399999' }, a: { N: '980942400005' } } },
  lastEnd: { N: '980942400000' },
  ended: { BOOL: true },
};

const OF_GOLDEN_HEAD_2: Head = {
  ...OF_GOLDEN_HEAD,
  ledger: { received: 1000, aggregated: 980, invalid: 10, duplicate: 0, late: 7, expired: 3, held: 0 },
  pending: [
    ...OF_GOLDEN_HEAD.pending,
    {
      key: {
        aggregate: 'delays_by_origin',
        generation: '0k9315brb0py7',
        windowStart: 980_935_200_000 as WindowStart,
        late: true,
      },
      windowEnd: 980_938_800_000 as EpochMs,
      groupsMax: 10_000,
      keepMs: 2_595_600_000,
      carriedBytes: 0,
      fold: false,
      bytes: Uint8Array.of(4),
    },
  ],
  newest: { time: 980_942_399_999 as EpochMs, arrival: 980_942_400_005 as EpochMs },
  lastEnd: 980_942_400_000 as EpochMs,
  ended: true,
};

/** What version 3 has beside that: one segment in the table, and one id in the head. */
const GOLDEN_HEAD_3: Item = {
  ...GOLDEN_HEAD_2,
  v: { N: '3' },
  seen: {
    M: {
      a: { N: '980942400' },
      f: { N: '980941000' },
      r: { B: Uint8Array.from([1, 1, 0xc0, 0xfc, 0xdf, 0xd3, 0x3, 1, 0xde, 0xad, 0xbe, 0xef, 0, 1, 2, 3]) },
      s: {
        B: Uint8Array.from([1, 4, 0x41, 0x62, 0x2d, 0x39, 0xbf, 0xfc, 0xdf, 0xd3, 0x3, 59, 0xe8, 7]),
      },
    },
  },
};

const OF_GOLDEN_HEAD_3: Head = {
  ...OF_GOLDEN_HEAD_2,
  seen: {
    arrived: 980_942_400,
    forgotten: 980_941_000,
    recent: Uint8Array.from([1, 1, 0xc0, 0xfc, 0xdf, 0xd3, 0x3, 1, 0xde, 0xad, 0xbe, 0xef, 0, 1, 2, 3]),
    segments: [{ name: 'Ab-9', from: 980_942_340, to: 980_942_399, ids: 1000 }],
  },
};

const GOLDEN_HOLE: Item = {
  f: { S: '49590338271490256608559692538361571095921575989136588800' },
  i: { N: '3' },
  p: { M: { s: { S: '49590338271490256608559692538361571095921575989136588898' }, e: { N: '17' } } },
  t: { N: '980942400001' },
  r: { N: '800' },
  h: { N: '200' },
  b: { B: Uint8Array.of(1, 5, 6) },
};

const OF_GOLDEN_HOLE: Hole = {
  first: {
    sequence: '49590338271490256608559692538361571095921575989136588800' as SequenceNumber,
    event: 3,
  },
  last: OF_GOLDEN_HEAD.position,
  arrival: 980_942_400_001 as EpochMs,
  reduced: 800,
  held: 200,
  bytes: Uint8Array.of(1, 5, 6),
};

/** What version 4 has beside that: what is left out under load. */
const GOLDEN_HEAD_4: Item = {
  ...GOLDEN_HEAD_3,
  v: { N: '4' },
  load: {
    M: {
      l: { N: '2' },
      s: { M: { t: { N: '980942460000' }, v: { N: '15000' } } },
      h: { M: { t: { N: '980942440000' }, v: { N: '14000' } } },
      c: { N: '980942450000' },
      m: { M: { t: { N: '980942430000' }, v: { N: '123456' } } },
      u: { N: '2057.6' },
    },
  },
  holes: { L: [{ M: { ...GOLDEN_HOLE, w: { BOOL: true } } }] },
  lastHole: GOLDEN_HOLE.p as AttributeValue,
};

const OF_GOLDEN_HEAD_4: Head = {
  ...OF_GOLDEN_HEAD_3,
  load: {
    level: 2,
    seen: { at: 980_942_460_000 as EpochMs, lagMs: 15_000 },
    high: { since: 980_942_440_000 as EpochMs, lagMs: 14_000 },
    calmSince: 980_942_450_000 as EpochMs,
    measuring: { from: 980_942_430_000 as EpochMs, units: 123_456 },
    unitsPerSecond: 2057.6,
  },
  holes: [{ ...OF_GOLDEN_HOLE, store: true }],
  lastHole: OF_GOLDEN_HEAD.position,
};

describe('golden items', () => {
  test('are still read: a head of version 3, with ids', () => {
    expect(fromHeadItem(GOLDEN_HEAD_3)).toEqual(OF_GOLDEN_HEAD_3);
    expect(toHeadItem(OF_GOLDEN_HEAD_3)).toEqual(GOLDEN_HEAD_3);
    const [id, ...others] = IdList.decode(OF_GOLDEN_HEAD_3.seen?.recent ?? NO_IDS);
    expect([id, others]).toEqual([{ high: 0xdeadbeef, low: 0x00010203, second: 980_942_400 }, []]);
  });

  test('with names of segments that are damaged are refused', () => {
    const damaged = { M: { ...GOLDEN_HEAD_3.seen?.M, s: { B: Uint8Array.of(9) } } };
    expect(() => fromHeadItem({ ...GOLDEN_HEAD_3, seen: damaged })).toThrow(ItemError);
  });

  test('are still read: a head of version 1, from before windows were closed', () => {
    expect(fromHeadItem(GOLDEN_HEAD)).toEqual(OF_GOLDEN_HEAD);
    // What version 1 knew is written as it wrote it.
    expect(toHeadItem(OF_GOLDEN_HEAD)).toEqual({ ...GOLDEN_HEAD, v: { N: '2' } });
  });

  test('are still read: a head of version 2 in full', () => {
    expect(fromHeadItem(GOLDEN_HEAD_2)).toEqual(OF_GOLDEN_HEAD_2);
    expect(toHeadItem(OF_GOLDEN_HEAD_2)).toEqual(GOLDEN_HEAD_2);
  });

  test('are still read: a head of version 4, with what it leaves out under load', () => {
    expect(fromHeadItem(GOLDEN_HEAD_4)).toEqual(OF_GOLDEN_HEAD_4);
    expect(toHeadItem(OF_GOLDEN_HEAD_4)).toEqual(GOLDEN_HEAD_4);
    expect(() => fromHeadItem({ ...GOLDEN_HEAD_4, load: { M: { l: { N: '3' } } } })).toThrow(ItemError);
  });

  test('are still read: holes', () => {
    expect(fromHolesItem({ v: { N: '1' }, holes: { L: [{ M: GOLDEN_HOLE }] } })).toEqual([OF_GOLDEN_HOLE]);
    expect(toHolesItem([OF_GOLDEN_HOLE])).toEqual({ v: { N: '1' }, holes: { L: [{ M: GOLDEN_HOLE }] } });
    expect(() => fromHolesItem({ v: { N: '2' }, holes: { L: [] } })).toThrow('deploy the newer code');
  });

  test('are still read: a head without what may be missing', () => {
    const { watermark: _w, suspect: _s, crashes: _c, ...item } = GOLDEN_HEAD;
    const whole = { ...item, position: { M: { s: { S: '5' } } }, pending: { L: [] }, ledger: { M: {} } };
    expect(fromHeadItem(whole)).toEqual({
      ...OF_GOLDEN_HEAD,
      position: { sequence: '5', events: null },
      ledger: EMPTY_HEAD.ledger,
      watermark: null,
      pending: [],
      suspect: null,
      crashes: null,
    });
    const decoding = { M: { s: { S: '5' }, n: { N: '1' } } };
    expect(fromHeadItem({ ...GOLDEN_HEAD, suspect: decoding }).suspect).toEqual({
      sequence: '5',
      event: null,
      attempts: 1,
    });
  });

  test('are still read: a block and a registry', () => {
    const key = OF_GOLDEN_HEAD.pending[0]?.key;
    if (key === undefined) throw new Error('a golden head without a delta');
    expect(fromBlockItem({ n: { N: '7' }, groups: { B: Uint8Array.of(1, 2) } }, key)).toEqual({
      key,
      n: 7,
      bytes: Uint8Array.of(1, 2),
    });
    const shard = { M: { stream: { S: 'flights@980938800' }, shard: { S: 'shardId-000000000000' } } };
    const key0 = { stream: 'flights@980938800', shard: 'shardId-000000000000' };
    expect(fromRegistryItem({ version: { N: '3' }, shards: { L: [shard] } })).toEqual({
      ...EMPTY_REGISTRY,
      version: 3,
      shards: [key0],
    });
    const closed = {
      version: { N: '9' },
      shards: { L: [] },
      gone: { L: [shard] },
      goneLedger: { M: { received: { N: '5' }, aggregated: { N: '5' } } },
      closedThrough: { N: '980942400001' },
      finalThrough: { N: '980942400000' },
    };
    const ofClosed = {
      version: 9,
      shards: [],
      gone: [key0],
      goneLedger: { ...EMPTY_LEDGER, received: 5, aggregated: 5 },
      closedThrough: 980_942_400_001,
      finalThrough: 980_942_400_000,
      definitions: [],
    };
    expect(fromRegistryItem(closed)).toEqual(ofClosed);
    expect(toRegistryItem(fromRegistryItem(closed))).toEqual(closed);
  });

  test('are found under these keys', () => {
    const shard = { stream: 'flights@980938800' as StreamId, shard: 'shardId-000000000000' as ShardId };
    const key = {
      aggregate: 'delays_by_origin',
      generation: '0k9315brb0py7',
      windowStart: 980_938_800_000 as WindowStart,
    };
    expect(registryKey('flights')).toEqual({ pk: 'registry|flights', sk: 'registry' });
    expect(headKey('flights', shard)).toEqual({
      pk: 'head|flights|flights@980938800|shardId-000000000000',
      sk: 'head',
    });
    expect(blockKey('flights', shard, key)).toEqual({
      pk: 'block|flights|delays_by_origin|0k9315brb0py7|flights@980938800|shardId-000000000000',
      sk: '2001-01-31T11:00:00.000Z',
    });
    expect(blockKey('flights', shard, { ...key, late: true })).toEqual({
      pk: 'late|flights|delays_by_origin|0k9315brb0py7',
      sk: '2001-01-31T11:00:00.000Z|flights@980938800|shardId-000000000000',
    });
    expect(finalKey('flights', { ...key, levelMs: 86_400_000 })).toEqual({
      pk: 'final|flights|delays_by_origin|0k9315brb0py7|86400000',
      sk: '2001-01-31T11:00:00.000Z',
    });
  });
});

describe('an item that is not what it should be', () => {
  test.each<[string, Item, RegExp]>([
    ['is empty', {}, /'v' is missing or of another type; expected a number/],
    [
      'is of a later version',
      { ...GOLDEN_HEAD, v: { N: '5' } },
      /of version 5; this code reads 1, 2, 3, 4: deploy the newer code/,
    ],
    ['has text for a number', { ...GOLDEN_HEAD, rev: { S: '5' } }, /'rev' is missing or of another type/],
    [
      'has a number that doubles do not hold',
      { ...GOLDEN_HEAD, n: { N: '9007199254740993' } },
      /'n' is no whole number/,
    ],
    ['has a fraction', { ...GOLDEN_HEAD, n: { N: '1.5' } }, /'n' is no whole number/],
    ['has a delta of nothing', { ...GOLDEN_HEAD, pending: { L: [{ S: 'x' }] } }, /'a' is missing/],
    [
      'has a size that is none',
      { ...GOLDEN_HEAD, blockBytes: { M: { x: { S: '1' } } } },
      /'x' is missing or of another/,
    ],
    [
      'has a position that is none',
      { ...GOLDEN_HEAD, position: { S: '5' } },
      /'position' is missing .*expected a map/,
    ],
  ])('%s: said so', (_, item, message) => {
    const read = () => fromHeadItem(item);
    expect(read).toThrow(ItemError);
    expect(read).toThrow(message);
  });
});

test('sort keys of windows read back, and are in the order of time', () => {
  fc.assert(
    fc.property(time, time, (a, b) => {
      const [x, y] = [a, b].map((start) => windowSortKey(start as WindowStart)) as [string, string];
      expect(windowOfSortKey(x)).toBe(a);
      expect(Math.sign(a - b)).toBe(x < y ? -1 : x > y ? 1 : 0);
    }),
  );
});

test('the sort key of a late block gives back its window and its shard', () => {
  fc.assert(
    fc.property(time, (start) => {
      const shard = { stream: 'flights@980938800' as StreamId, shard: 'shardId-000000000007' as ShardId };
      const key = { aggregate: 'a', generation: 'g', windowStart: start as WindowStart, late: true as const };
      const { sk } = blockKey('flights', shard, key);
      expect(partsOfLateSortKey(sk)).toEqual({ windowStart: start, shard });
    }),
  );
});
