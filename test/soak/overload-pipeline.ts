import { count, definePipeline, distinct, max, mean, quantile, sum, tumbling } from 'weir';
import * as z from 'zod';

/**
 * Orders in shops, of which more come than can be taken: how many there are and what they bring in is essential, and what
 * is imported may wait. What events cost of which something is left out is declared as it is where writes to the table are
 * what binds: there is a group a shop, and of those nothing is essential.
 */
export default definePipeline({
  name: 'overload',
  schema: z.object({
    id: z.string(),
    at: z.number(),
    shop: z.string(),
    region: z.string(),
    product: z.string(),
    amount: z.number().nonnegative(),
    quantity: z.number().int().positive(),
    source: z.enum(['shop', 'import']),
  }),
  eventTime: ({ at }) => at,
  allowedLateness: '2m',
  maxAhead: '10m',
  eventId: ({ id }) => id,
  duplicates: { within: '2m' },
  capacity: { eventsPerSecond: 100, reducedCost: 0.35, heldCost: 0.05 },
  priority: ({ source }) => (source === 'import' ? 'low' : 'normal'),
  aggregates: {
    orders_by_region: {
      groupBy: ['region', 'source'],
      window: tumbling('1m', { rollup: ['1h'] }),
      metrics: {
        orders: count({ essential: true }),
        revenue: sum('amount', { essential: true }),
        items: sum('quantity'),
        largest: max('amount'),
        p95: quantile('amount', 0.95),
      },
    },
    orders_by_shop: {
      groupBy: ['shop'],
      window: tumbling('10m', { rollup: ['1h'] }),
      metrics: {
        orders: count(),
        revenue: sum('amount'),
        average: mean('amount'),
        products: distinct('product'),
      },
    },
  },
});
