import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import type { EpochMs } from '#core/brand.ts';
import { parseSequence } from '#core/protocol/position.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import { hashKeyOfMd5, parseHashKey, type ShardHashKeys } from '#core/records/hash-keys.ts';
import { isByKpl } from '#core/records/kpl-copies.ts';
import { RECORD_LIMITS } from '#core/records/limits.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import { packable, packTools } from './events.ts';
import { field, kplOf, sealed } from './kpl-record.ts';

const ALL = { first: 0n, last: 2n ** 128n - 1n };
const HALF = 2n ** 127n;
/** The lower half of the only shard that there was. */
const LEFT: ShardHashKeys = { own: { first: 0n, last: HALF - 1n }, ancestors: [ALL] };
const RIGHT: ShardHashKeys = { own: { first: HALF, last: ALL.last }, ancestors: [ALL] };

/** By the digits of the MD5 that Node prints, and not by its bytes. */
function hashOf(partitionKey: string): bigint {
  return BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);
}

/** The events, those that are copies as `[…]`. */
function told(record: Uint8Array, keys?: ShardHashKeys): unknown[] {
  return decodeRecord(record, recordTools, keys).map((event) => {
    const shown = event.ok ? event.value : event.rejection.reason;
    return event.isCopy ? [shown] : shown;
  });
}

describe('of a record that the KPL aggregated, and that landed in a child of the shard it was for', () => {
  test('those are copies whose explicit hash keys are of another child', () => {
    const at = (data: number, hashKey: bigint) => ({ data: String(data), hashKey: String(hashKey) });
    const record = kplOf([at(1, 0n), at(2, HALF), at(3, HALF - 1n), at(4, ALL.last), at(5, 7n)]);
    expect(told(record, LEFT)).toEqual([1, [2], 3, [4], 5]);
    const other = kplOf([at(1, HALF), at(2, HALF - 1n), at(3, ALL.last), at(4, 0n)]);
    expect(told(other, RIGHT)).toEqual([1, [2], 3, [4]]);
  });

  test('and those whose partition keys are, where there is no explicit one', () => {
    const keys = Array.from({ length: 200 }, (_, i) => `customer ü ${i}`);
    const [first, ...others] = keys.filter((key) => hashOf(key) < HALF);
    const sorted = [first ?? '', ...others, ...keys.filter((key) => hashOf(key) >= HALF)];
    expect(others.length).toBeGreaterThan(50);
    expect(others.length).toBeLessThan(150);
    const record = kplOf(
      sorted.map((partitionKey) => ({ data: JSON.stringify(partitionKey), partitionKey })),
    );
    expect(told(record, LEFT)).toEqual(sorted.map((key) => (hashOf(key) < HALF ? key : [key])));
  });

  test('the explicit one deciding where there are both', () => {
    const left = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].find((key) => hashOf(key) < HALF) ?? expect.fail();
    const record = kplOf([
      { data: '1', partitionKey: left },
      { data: '2', partitionKey: left, hashKey: String(HALF) },
    ]);
    expect(told(record, LEFT)).toEqual([1, [2]]);
  });

  test('all events of such a one, also those that are no good', () => {
    const columns = encodePackedColumns([{ a: 1 }, { a: 2 }].map(packable), packTools);
    const hashKey = String(HALF);
    const record = kplOf([
      { data: '0', hashKey: '0' },
      { data: columns, hashKey },
      { data: '{"a":\n3', hashKey },
      { data: '', hashKey },
    ]);
    expect(told(record, LEFT)).toEqual([0, [{ a: 1 }], [{ a: 2 }], ['not_json'], [3], ['not_json']]);
    // Without the shard's place, and in any other, the events have the same places.
    expect(told(record)).toEqual([0, { a: 1 }, { a: 2 }, 'not_json', 3, 'not_json']);
  });

  test('also where the shard was split twice, or merged and split, meanwhile', () => {
    const quarter = { first: 0n, last: HALF / 2n - 1n };
    const record = kplOf([
      { data: '1', hashKey: '0' },
      { data: '2', hashKey: String(HALF) },
    ]);
    expect(told(record, { own: quarter, ancestors: [LEFT.own, ALL] })).toEqual([1, [2]]);
  });
});

describe('nothing is a copy', () => {
  const astride = kplOf([
    { data: '1', hashKey: '0' },
    { data: '2', hashKey: String(HALF) },
  ]);

  test('of what lies in the shard, which the KPL may send again, but into the same one', () => {
    const within = ['0', '5', String(HALF - 1n)].map((hashKey, i) => ({ data: String(i), hashKey }));
    expect(told(kplOf(within), LEFT)).toEqual([0, 1, 2]);
  });

  test('after a merge', () => {
    expect(told(astride, { own: ALL, ancestors: [LEFT.own, RIGHT.own] })).toEqual([1, 2]);
  });

  test('in a shard that was made of none, or of none that the stream still lists', () => {
    expect(told(astride, { ...LEFT, ancestors: [] })).toEqual([1, 2]);
  });

  test('where the first is not of the shard: then it was not sent there by its hash key', () => {
    expect(told(astride, RIGHT)).toEqual([1, 2]);
  });

  test('where its records are of more than one of the shards that there were', () => {
    const quarter = { first: 0n, last: HALF / 2n - 1n };
    expect(told(astride, { own: quarter, ancestors: [LEFT.own] })).toEqual([1, 2]);
  });

  test('where a key is missing or none, or beyond what a table may have', () => {
    const good = { data: '1', hashKey: '0' };
    const outside = { data: '2', hashKey: String(HALF) };
    for (const hashKey of ['', '-1', '0x1', '1e3', String(ALL.last + 1n), '9'.repeat(200)]) {
      expect(told(kplOf([good, outside, { data: '3', hashKey }]), LEFT)).toEqual([1, 2, 3]);
    }
    const table = Buffer.concat([field(2, '0'), field(2, String(HALF))]);
    const one = (places: number[], data: string) =>
      field(3, Buffer.concat([Buffer.from(places), field(3, data)]));
    const first = one([0x10, 0], '1');
    const second = one([0x10, 1], '2');
    const record = (third: Buffer) => sealed(Buffer.concat([table, first, second, third]));
    expect(told(record(one([0x10, 1], '3')), LEFT)).toEqual([1, [2], [3]]);
    expect(told(record(one([], '3')), LEFT)).toEqual([1, 2, 3]);
    expect(told(record(one([0x08, 0], '3')), LEFT)).toEqual([1, 2, 3]);
    expect(told(record(one([0x10, 2], '3')), LEFT)).toEqual([1, 2, 3]);
    const many = Buffer.concat(Array(RECORD_LIMITS.eventsMax).fill(field(2, '0')));
    const beyond = sealed(
      Buffer.concat([many, field(2, String(HALF)), first, one([0x10, 0xa0, 0x9c, 1], '2')]),
    );
    expect(told(beyond, LEFT)).toEqual([1, 2]);
  });

  test('of a record that is rejected whole', () => {
    const damaged = Buffer.from(astride);
    damaged[10] = 0xff;
    expect(told(damaged, LEFT)).toEqual(['bad_kpl']);
  });
});

test('the KPL is told by the partition key that its aggregated records have, and its format', () => {
  const record = {
    sequence: parseSequence('1'),
    arrival: 0 as EpochMs,
    data: kplOf([{ data: '1', hashKey: '0' }]),
  };
  expect(isByKpl({ ...record, partitionKey: 'a' })).toBe(true);
  expect(isByKpl({ ...record, partitionKey: 'b' })).toBe(false);
  expect(isByKpl(record)).toBe(false);
  expect(isByKpl({ ...record, partitionKey: 'a', data: Buffer.from('{}') })).toBe(false);
});

test('a partition key’s hash key is that by which Kinesis chooses', () => {
  for (const key of ['a', '', 'ü', '1']) {
    expect(hashKeyOfMd5(createHash('md5').update(key).digest())).toBe(hashOf(key));
  }
  // By the documentation of Kinesis: the key space is that of MD5, 0 to 340282366920938463463374607431768211455.
  expect(parseHashKey('340282366920938463463374607431768211455')).toBe(ALL.last);
  expect(parseHashKey('340282366920938463463374607431768211456')).toBeUndefined();
});
