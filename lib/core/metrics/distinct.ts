import { HyperLogLog } from '#core/sketches/hyper-log-log.ts';
import type { Scalar } from './metric-kind.ts';
import { kindOfStates } from './state-column.ts';

/**
 * About how many different values there are, by a HyperLogLog of the precision that is its one parameter. The value is
 * a whole number; its standard error is 1.04 / sqrt(2^precision), and far less up to 2^precision / 4 values.
 */
export const distinct = kindOfStates<HyperLogLog, Scalar>({
  kind: 'distinct',
  input: 'scalar',
  // It keeps hashes only.
  textUnitsMax: Number.POSITIVE_INFINITY,
  explainParams: ([precision = Number.NaN, ...rest]) =>
    Number.isInteger(precision) && precision >= 4 && precision <= 16 && rest.length === 0
      ? undefined
      : `has the precision ${precision}; give a whole number from 4 to 16`,
  empty: ([precision = 0]) => HyperLogLog.empty({ precision }),
  add: (sketch, value) => {
    sketch.add(value);
    return sketch;
  },
  merge: (sketch, other) => {
    sketch.merge(other);
    return sketch;
  },
  value: (sketch) => sketch.estimate(),
  write: (out, sketch) => sketch.encode(out),
  read: (input, [precision = 0]) => HyperLogLog.decode(input, { precision }),
});
