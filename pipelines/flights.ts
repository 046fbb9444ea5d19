import { count, definePipeline, max, mean, min, stddev, sum, tumbling } from 'weir';
import * as z from 'zod';

/** Flights within the United States in 2001, as in the npm package vega-datasets: how late they were. */
export default definePipeline({
  name: 'flights',
  schema: z.object({
    date: z.string(),
    delay: z.number(),
    distance: z.number(),
    origin: z.string().length(3),
    destination: z.string().length(3),
  }),
  eventTime: (flight) => flight.date,
  allowedLateness: '1h',
  aggregates: {
    delays_by_origin: {
      groupBy: ['origin'],
      window: tumbling('1h', { rollup: ['1d'] }),
      metrics: {
        flights: count(),
        delay: mean('delay'),
        worst: max('delay'),
      },
    },
    delays_by_route: {
      groupBy: ['origin', 'destination'],
      window: tumbling('1d'),
      metrics: {
        flights: count(),
        delay: mean('delay'),
        spread: stddev('delay'),
        earliest: min('delay'),
        miles: sum('distance'),
      },
    },
  },
});
