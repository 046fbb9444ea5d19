import { QUANTILE_DEFAULTS, QuantileSketch } from '#core/sketches/quantile-sketch.ts';
import type { MetricKind, MetricValue } from './metric-kind.ts';
import { kindOfStates } from './state-column.ts';

const QUANTILES_MAX = 100;
const ERROR_MIN = 0.0001;
const ERROR_MAX = 0.2;

/**
 * Quantiles of numbers, within the relative error that is the first parameter; the others are the quantiles asked for.
 * Null where there is no event.
 */
function kindOfQuantiles(
  kind: string,
  quantilesMax: number,
  answer: (sketch: QuantileSketch, quantiles: readonly number[]) => MetricValue,
): MetricKind {
  const paramsOf = (relativeError = 0) => ({ ...QUANTILE_DEFAULTS, relativeError });
  return kindOfStates<QuantileSketch, number>({
    kind,
    input: 'number',
    explainParams: ([relativeError = Number.NaN, ...quantiles]) => {
      if (!(relativeError >= ERROR_MIN && relativeError <= ERROR_MAX)) {
        return `has the relative error ${relativeError}; give a fraction from ${ERROR_MIN} to ${ERROR_MAX}, e.g. 0.01 for 1 %`;
      }
      if (quantiles.length < 1 || quantiles.length > quantilesMax) {
        return `has ${quantiles.length} quantiles; give 1 to ${quantilesMax}, e.g. [0.5, 0.95]`;
      }
      const bad = quantiles.find((quantile) => !(quantile > 0 && quantile < 1));
      if (bad !== undefined) {
        return `has the quantile ${bad}; give a fraction between 0 and 1, e.g. 0.95 (min and max are exact)`;
      }
      return undefined;
    },
    empty: ([relativeError]) => QuantileSketch.empty(paramsOf(relativeError)),
    add: (sketch, x) => {
      sketch.add(x);
      return sketch;
    },
    merge: (sketch, other) => {
      sketch.merge(other);
      return sketch;
    },
    value: (sketch, [, ...quantiles]) => answer(sketch, quantiles),
    write: (out, sketch) => sketch.encode(out),
    read: (input, [relativeError]) => QuantileSketch.decode(input, paramsOf(relativeError)),
  });
}

/** One quantile, a number. */
export const quantile = kindOfQuantiles('quantile', 1, (sketch, [q = 0]) => sketch.quantile(q));

/** Several quantiles of one sketch: a list of `{ quantile, value }`, in the order in which they were asked for. */
export const quantiles = kindOfQuantiles('quantiles', QUANTILES_MAX, (sketch, asked) =>
  asked.map((q) => ({ quantile: q, value: sketch.quantile(q) })),
);
