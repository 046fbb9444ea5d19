import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EpochMs, SequenceNumber, ShardId } from '#core/brand.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import type { EventOrder } from '#core/metrics/event-order.ts';
import type { Scalar } from '#core/metrics/metric-kind.ts';
import { metricKind } from '#core/metrics/metric-kinds.ts';
import { columnOf, columnOfSamples, readBack, type Sample, written } from './columns.ts';
import { shuffled } from './numbers.ts';
import { anyScalar } from './samples.ts';

const first = metricKind('first');
const last = metricKind('last');

function at(time: number, shard: string, sequence: string, index: number): EventOrder {
  return { time: time as EpochMs, shard: shard as ShardId, sequence: sequence as SequenceNumber, index };
}

/** The answers of both for these events, in any order. */
function ends(...samples: [Scalar, EventOrder][]): unknown[] {
  const list = samples.map(([value, order]) => ({ value, order }));
  return [first, last].map((kind) => {
    const [there, back] = [list, [...list].reverse()].map((each) => columnOfSamples(kind, each).value(0));
    expect(back).toBe(there);
    return there;
  });
}

describe('the first and the last', () => {
  test('are by event time, whatever the place', () => {
    expect(ends(['b', at(2, 'a', '1', 0)], ['a', at(1, 'z', '9', 5)], ['c', at(3, 'a', '0', 0)])).toEqual([
      'a',
      'c',
    ]);
  });

  test('of one time are by shard, then by sequence number as a number, then by index', () => {
    expect(ends(['x', at(1, 'shard-1', '5', 0)], ['y', at(1, 'shard-0', '7', 3)])).toEqual(['y', 'x']);
    expect(ends(['x', at(1, 's', '10', 0)], ['y', at(1, 's', '9', 3)])).toEqual(['y', 'x']);
    const long = '9'.repeat(128);
    expect(ends(['x', at(1, 's', `1${long}`, 0)], ['y', at(1, 's', long, 3)])).toEqual(['y', 'x']);
    expect(ends(['x', at(1, 's', '9', 10)], ['y', at(1, 's', '9', 9)])).toEqual(['y', 'x']);
  });

  test('keep the type of the value', () => {
    for (const value of ['1', 1, true, false, '', 0, 1.5, 'true', Number.MAX_VALUE, 2 ** 53]) {
      const sample = { value, order: at(1, 's', '1', 0) };
      const column = columnOfSamples(last, [sample]);
      expect(readBack(last, written(column, [0]), 1).value(0)).toBe(value);
    }
  });

  test('of events without a place are decided by the value, so that the order of merges never shows', () => {
    const lists = fc
      .array(anyScalar, { minLength: 1, maxLength: 8 })
      .chain((values) => fc.tuple(fc.constant(values), shuffled(values)));
    fc.assert(
      fc.property(lists, fc.constantFrom(first, last), ([values, others], kind) => {
        expect(written(columnOf(kind, others), [0])).toEqual(written(columnOf(kind, values), [0]));
      }),
    );
  });
});

describe('their bytes', () => {
  const SEQUENCE = '49590338271490256608559692538361571095921575989136588898';
  const record = (n: number) => String(BigInt(SEQUENCE) + BigInt(n));

  test('have a record’s place once, for all groups that are from it', () => {
    const samples = (records: number): Sample[][] =>
      Array.from({ length: 1000 }, (_, row) => [
        { value: row % 100, order: at(1e12 + row, 'shardId-000000000000', record(row % records), row) },
      ]);
    const size = (records: number) => {
      const column = columnOfSamples(last, ...samples(records));
      return written(
        column,
        samples(records).map((_, row) => row),
      ).length;
    };
    // A value of 1 or 2 bytes, 1 or 2 for each of time and index, and 1 for which of the records it is.
    expect(size(1)).toBeLessThan(1000 * 7 + 100);
    expect(size(100) - size(1)).toBeLessThan(100 * 6);
  });

  // Mode, value; base, offset; one place of 4 characters, none shared; its number; the index.
  const good = [0, 14, 2, 0, 1, 0, 4, 0x73, 0x1f, 0x31, 0x32, 0, 3];

  test('are those', () => {
    const column = columnOfSamples(last, [{ value: 7, order: at(1, 's', '12', 3) }]);
    expect([...written(column, [0])]).toEqual(good);
  });

  test.each<[string, number, number[]]>([
    ['a number beyond the places', 11, [1]],
    ['no separator', 8, [0x31]],
    ['a sequence number that is none', 9, [0x78]],
    ['a time beyond all numbers', 3, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['a form that there is not', 0, [5]],
    ['no places', 4, [0, 0, 0]],
  ])('that have %s are refused', (_, at, put) => {
    const bytes = [...good.slice(0, at), ...put, ...good.slice(at + 1)];
    expect(() => readBack(last, Uint8Array.from(bytes), 1)).toThrow(CorruptError);
  });
});
