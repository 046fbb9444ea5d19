import { LIST_PRICES } from '#contracts/list-prices.ts';
import { SHARD_CAPACITY } from '#contracts/scale-function.ts';
import { SCALE_RULES } from '#core/scale/scale-settings.ts';

const HOURS = 730;
const MB = 1_000_000;
/** The peak of a usual day, of its mean. */
const PEAK = 2;
/** How full shards are on average that are scaled with a day's curve; test/core/scale prints it. */
const SCALED_LOAD = 0.33;
/** A packed record is nearly one put unit. */
const PUT_UNIT_BYTES = 25_000;

interface StreamCost {
  readonly megabytesPerSecond: number;
  /** US dollars a month. */
  readonly onDemand: number;
  /** With as many shards as the peak needs, all the time. */
  readonly fixed: number;
  readonly scaled: number;
  /** How many times the mean the peak must be for on-demand to be cheaper than shards for the peak. */
  readonly breakEven: number;
}

/** What a stream of packed records costs a month, at a mean load, read once. */
function streamCost(megabytesPerSecond: number): StreamCost {
  const bytes = megabytesPerSecond * MB * HOURS * 3600;
  const puts = (bytes / PUT_UNIT_BYTES) * LIST_PRICES.putUnit;
  const shard = HOURS * LIST_PRICES.shardHour;
  const shardsFor = (load: number, full: number) =>
    Math.max(1, Math.ceil((load * MB) / SHARD_CAPACITY.bytesPerSecond / full));
  const onDemand =
    HOURS * LIST_PRICES.onDemandStreamHour +
    bytes * (LIST_PRICES.onDemandByteIn + LIST_PRICES.onDemandByteOut);
  return {
    megabytesPerSecond,
    onDemand,
    fixed: shard * shardsFor(PEAK * megabytesPerSecond, SCALE_RULES.hotFrom) + puts,
    scaled: shard * shardsFor(megabytesPerSecond, SCALED_LOAD) + puts,
    breakEven: ((onDemand - puts) / shard) * (SCALE_RULES.hotFrom / megabytesPerSecond),
  };
}

/** The rows of the table in docs/scaling.md. */
export function streamCostRows(): string[] {
  return [0.05, 0.2, 1, 5, 20].map((load) => {
    const { breakEven, fixed, onDemand, scaled } = streamCost(load);
    const dollars = (amount: number) => `$${amount.toFixed(0)}`;
    return `| ${load} MB/s | ${dollars(onDemand)} | ${dollars(fixed)} | ${dollars(scaled)} | ${Math.round(breakEven)} times |`;
  });
}
