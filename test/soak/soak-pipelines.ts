import { fileURLToPath } from 'node:url';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { FaultSchedule } from './faults/fault-schedule.ts';
import overload from './overload-pipeline.ts';
import orders from './pipeline.ts';

/** A pipeline that a run can be of, and what its metrics are in SQL, by aggregate. */
export interface SoakPipeline {
  readonly pipeline: Pipeline;
  readonly file: string;
  /** Doubles that are equal to the last bit. */
  readonly exact: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Those that may differ by so much of the value. */
  readonly near: Readonly<
    Record<string, Readonly<Record<string, readonly [sql: string, tolerance: number]>>>
  >;
}

/** The sketch's stated bound, and the rounding of its bucket. */
const P95 = ['quantile_disc(amount, 0.95)', 0.0101] as const;

export const SOAK_PIPELINES: Readonly<Record<FaultSchedule['pipeline'], SoakPipeline>> = {
  orders: {
    pipeline: orders,
    file: fileURLToPath(new URL('./pipeline.ts', import.meta.url)),
    exact: {
      orders_by_shop: {
        orders: 'count(*)',
        revenue: 'sum(amount)',
        average: 'sum(amount) / count(*)',
        smallest: 'min(amount)',
        largest: 'max(amount)',
      },
      orders_by_region: { orders: 'count(*)', items: 'sum(quantity)', revenue: 'sum(amount)' },
    },
    near: {
      orders_by_shop: {
        // Another order of summing up rounds otherwise.
        spread: ['stddev_pop(amount)', 1e-9],
        p95: P95,
      },
    },
  },
  overload: {
    pipeline: overload,
    file: fileURLToPath(new URL('./overload-pipeline.ts', import.meta.url)),
    exact: {
      orders_by_region: {
        orders: 'count(*)',
        revenue: 'sum(amount)',
        items: 'sum(quantity)',
        largest: 'max(amount)',
      },
      orders_by_shop: {
        orders: 'count(*)',
        revenue: 'sum(amount)',
        average: 'sum(amount) / count(*)',
      },
    },
    near: { orders_by_region: { p95: P95 } },
  },
};
