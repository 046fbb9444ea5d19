import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { MetricKind } from './metric-kind.ts';
import { SpreadColumn } from './spread-column.ts';

class VarianceColumn extends SpreadColumn {
  protected override spread(variance: number): number {
    return variance;
  }

  static read(input: ByteReader, rows: number): VarianceColumn {
    return new VarianceColumn().fill(input, rows);
  }
}

/** The variance of the population (divided by n, not n − 1), exact as `stddev`; `null` where there is no event. */
export const variance: MetricKind = {
  kind: 'variance',
  input: 'number',
  newColumn: () => new VarianceColumn(),
  readColumn: VarianceColumn.read,
};
