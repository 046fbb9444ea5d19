import { count, definePipeline, distinct, max, mean, min, quantile, stddev, sum, tumbling } from 'weir';
import * as z from 'zod';

/** The pipeline that runs for ten hours: orders in shops. */
export default definePipeline({
  name: 'soak',
  schema: z.object({
    id: z.string(),
    at: z.number(),
    shop: z.string(),
    region: z.string(),
    product: z.string(),
    amount: z.number().nonnegative(),
    quantity: z.number().int().positive(),
  }),
  eventTime: ({ at }) => at,
  allowedLateness: '2m',
  maxAhead: '10m',
  eventId: ({ id }) => id,
  duplicates: { within: '2m' },
  aggregates: {
    orders_by_shop: {
      groupBy: ['shop'],
      window: tumbling('10m', { rollup: ['1h'] }),
      metrics: {
        orders: count(),
        revenue: sum('amount'),
        average: mean('amount'),
        smallest: min('amount'),
        largest: max('amount'),
        spread: stddev('amount'),
        p95: quantile('amount', 0.95),
        products: distinct('product'),
      },
    },
    orders_by_region: {
      groupBy: ['region'],
      window: tumbling('1m', { rollup: ['1h'] }),
      metrics: {
        orders: count(),
        items: sum('quantity'),
        revenue: sum('amount'),
      },
    },
  },
});
