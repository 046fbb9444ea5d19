import {
  count,
  definePipeline,
  first,
  histogram,
  last,
  max,
  mean,
  min,
  rate,
  stddev,
  sum,
  tumbling,
  variance,
} from 'weir';
import * as z from 'zod';

const flight = z.object({
  id: z.number(),
  /** Epoch milliseconds; no two flights have the same. */
  at: z.number(),
  delay: z.number(),
  distance: z.number(),
  origin: z.string(),
  destination: z.string(),
});

type Flight = z.infer<typeof flight>;
const idOf = ({ id }: Flight) => id;
const isLate = ({ delay }: Flight) => delay > 15;

/** Every exact metric over flights, with an allowed lateness, by windows of a size and larger ones made of those. */
export function flightsProof(allowedLateness: string, size: string, rollup: string, isDeduplicated = false) {
  return definePipeline({
    name: 'flights-proof',
    schema: flight,
    eventTime: ({ at }) => at,
    allowedLateness,
    ...(isDeduplicated && { eventId: idOf, duplicates: { within: '10m' } }),
    aggregates: {
      by_origin: {
        groupBy: ['origin'],
        window: tumbling(size, { rollup: [rollup] }),
        metrics: {
          flights: count(),
          pace: rate(),
          miles: sum('distance'),
          delay: mean('delay'),
          earliest: min('delay'),
          worst: max('delay'),
          spread: stddev('delay'),
          squared: variance('delay'),
          first_to: first('destination'),
          last_delay: last('delay'),
          delays: histogram('delay', [0, 15, 60]),
        },
      },
      by_route: {
        groupBy: ['origin', 'destination'],
        window: tumbling('28d'),
        metrics: {
          flights: count(),
          delay: mean('delay'),
          late: count({ where: isLate }),
        },
      },
    },
  });
}

export default flightsProof('1h', '1d', '7d');
