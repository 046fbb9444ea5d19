import { describe, expect, test } from 'vitest';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { Counts } from '#core/metrics/counts.ts';
import { ExactSums } from '#core/metrics/exact-sum.ts';
import { metricKind } from '#core/metrics/metric-kinds.ts';
import { readNumbers } from '#core/metrics/number-column.ts';

/** A double in its bytes. */
function double(value: number): number[] {
  const out = new ByteWriter();
  out.float64(value);
  return [...out.finish()];
}

const readers = {
  counts: (input: ByteReader) => Counts.read(input, 2),
  sums: (input: ByteReader) => ExactSums.read(input, 2),
  numbers: (input: ByteReader) => readNumbers(input, 2),
};

describe('the error for the bytes of a column says what was expected, where, and what was found', () => {
  test.each<[keyof typeof readers, number[], string]>([
    ['counts', [1], 'expected a count at offset 1, found the end'],
    ['sums', [], 'expected the mode of a column of sums at offset 0, found the end'],
    ['sums', [2], 'expected a mode of a column of sums at offset 1, found mode 2'],
    ['sums', [0, 8], 'expected a sum at offset 2, found the end'],
    ['sums', [1, 0], 'expected the number of components of a sum at offset 2, found the end'],
    ['sums', [1, 0, 41], 'expected the components of a sum at offset 3, found 41 of them'],
    ['sums', [1, 0, 1], 'expected a component of a sum at offset 3, found 0 of 8 bytes'],
    [
      'sums',
      [1, 0, 1, ...double(1e217)],
      'expected a component of a sum at offset 3, found a number out of range',
    ],
    ['numbers', [], 'expected the mode of a column of numbers at offset 0, found the end'],
    ['numbers', [4], 'expected a column of numbers at offset 1, found mode 4'],
    ['numbers', [2], 'expected which rows have a value at offset 1, found 0 of 1 bytes'],
    ['numbers', [0, 8], 'expected a whole number at offset 2, found the end'],
    ['numbers', [1, ...double(1.5)], 'expected a number at offset 9, found 0 of 8 bytes'],
    ['numbers', [1, ...double(1e101)], 'expected a number at offset 1, found a number out of range'],
  ])('%s of %j', (reader, bytes, message) => {
    expect(() => readers[reader](new ByteReader(Uint8Array.from(bytes)))).toThrow(`corrupt data: ${message}`);
  });

  test('and as many components as a sum can have are read', () => {
    const components = Array.from({ length: 40 }, (_, at) => 2 ** (600 - 30 * at));
    const bytes = [1, 40, ...components.flatMap(double)];
    expect(ExactSums.read(new ByteReader(Uint8Array.from(bytes)), 1).components(0)[0]).toBeGreaterThan(
      2 ** 600,
    );
  });
});

describe('what a column does not take is refused with what to do', () => {
  test('a column of another kind', () => {
    const [sums, counts] = [metricKind('sum').newColumn(), metricKind('count').newColumn()];
    sums.addRow();
    counts.addRow();
    expect(() => sums.merge(0, counts, 0)).toThrow(
      new TypeError('a metric column merges with columns of its own kind only'),
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%s in a sum', (x) => {
    const sums = new ExactSums();
    sums.addRow();
    expect(() => sums.add(0, x)).toThrow(
      new RangeError('a sum takes finite numbers only: refuse others before'),
    );
  });
});
