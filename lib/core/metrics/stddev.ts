import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { MetricKind } from './metric-kind.ts';
import { SpreadColumn } from './spread-column.ts';

class StddevColumn extends SpreadColumn {
  protected override spread(variance: number): number {
    return Math.sqrt(variance);
  }

  static read(input: ByteReader, rows: number): StddevColumn {
    return new StddevColumn().fill(input, rows);
  }
}

/**
 * The standard deviation of the population (divided by n, not n − 1), from the exact sums of the numbers and of their
 * squares; `null` where there is no event. Numbers below 1e-146 count to the nearest multiple of 2e-162.
 */
export const stddev: MetricKind = {
  kind: 'stddev',
  input: 'number',
  newColumn: () => new StddevColumn(),
  readColumn: StddevColumn.read,
};
