import { TopK } from '#core/sketches/top-k.ts';
import type { Scalar } from './metric-kind.ts';
import { kindOfStates } from './state-column.ts';

const K_MAX = 1000;
const CAPACITY_MAX = 10_000;

/**
 * The values that came most often: a list of up to k `{ value, count, error }`, most frequent first. A value came at
 * most `count` times, and at least `count - error` times. The parameters are k, and how many values are kept: no count
 * is off by more than all events / (capacity + 1), and all are exact if there are no more values than that.
 */
export const topK = kindOfStates<TopK, Scalar>({
  kind: 'topK',
  input: 'scalar',
  // It cuts long strings itself.
  textUnitsMax: Number.POSITIVE_INFINITY,
  explainParams: ([k = Number.NaN, capacity = Number.NaN, ...rest]) => {
    if (!Number.isInteger(k) || k < 1 || k > K_MAX) {
      return `has ${k} for k; give a whole number from 1 to ${K_MAX.toLocaleString('en')}`;
    }
    return Number.isInteger(capacity) && capacity >= k && capacity <= CAPACITY_MAX && rest.length === 0
      ? undefined
      : `has the capacity ${capacity}; give a whole number from k (${k}) to ${CAPACITY_MAX.toLocaleString('en')}`;
  },
  empty: ([, capacity = 0]) => TopK.empty({ capacity }),
  add: (sketch, value) => {
    sketch.add(value);
    return sketch;
  },
  merge: (sketch, other) => {
    sketch.merge(other);
    return sketch;
  },
  value: (sketch, [k = 0]) => sketch.items(k).map(({ value, count, error }) => ({ value, count, error })),
  write: (out, sketch) => sketch.encode(out),
  read: (input, [, capacity = 0]) => TopK.decode(input, { capacity }),
});
