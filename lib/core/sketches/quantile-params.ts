import { LogBuckets } from './log-buckets.ts';

export interface QuantileParams {
  /** As a fraction: 0.01 is 1 %. From 0.0001 to 0.2. */
  readonly relativeError: number;
  /** A whole number from 64 to 65,536. With more buckets than this, the relative error doubles. */
  readonly bucketsMax: number;
}

/** At 1 %, 2,048 buckets hold numbers of one sign over 17 decades before the error doubles. */
export const QUANTILE_DEFAULTS: QuantileParams = { relativeError: 0.01, bucketsMax: 2048 };

/** More than there are relative errors in definitions; foreign bytes may name any number of them. */
const MAPPINGS_MAX = 100;

const mappings = new Map<number, LogBuckets>();

/** The buckets of these parameters, made once. Throws `RangeError` for parameters out of range. */
export function bucketsOf({ relativeError, bucketsMax }: QuantileParams): LogBuckets {
  if (!(relativeError >= 0.0001 && relativeError <= 0.2)) {
    throw new RangeError(`a relative error is from 0.0001 to 0.2, not ${relativeError}`);
  }
  if (!Number.isInteger(bucketsMax) || bucketsMax < 64 || bucketsMax > 65_536) {
    throw new RangeError(`a number of buckets is a whole number from 64 to 65536, not ${bucketsMax}`);
  }
  const known = mappings.get(relativeError);
  if (known !== undefined) return known;
  const mapping = new LogBuckets(relativeError);
  if (mappings.size >= MAPPINGS_MAX) mappings.clear();
  mappings.set(relativeError, mapping);
  return mapping;
}
