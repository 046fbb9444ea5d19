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

const strike = z.object({
  id: z.number(),
  at: z.number(),
  state: z.string(),
  size: z.string().nullable(),
  species: z.string(),
  cost: z.number(),
  /** In knots; of more than a quarter of the strikes it is not known. */
  speed: z.number().nullable(),
});

const idOf = ({ id }: z.infer<typeof strike>) => id;

/** Every exact metric over the birds that struck aircraft, with an allowed lateness. */
export function birdsProof(allowedLateness: string, isDeduplicated = false) {
  return definePipeline({
    name: 'birds-proof',
    schema: strike,
    eventTime: ({ at }) => at,
    allowedLateness,
    ...(isDeduplicated && { eventId: idOf, duplicates: { within: '10m' } }),
    aggregates: {
      by_state: {
        groupBy: ['state', 'size'],
        window: tumbling('28d', { rollup: ['364d'] }),
        metrics: {
          strikes: count(),
          pace: rate(),
          cost: sum('cost'),
          speed: mean('speed'),
          slowest: min('speed'),
          fastest: max('speed'),
          spread: stddev('speed'),
          squared: variance('cost'),
          first_species: first('species'),
          last_speed: last('speed'),
          speeds: histogram('speed', [100, 150, 200]),
        },
      },
    },
  });
}

export default birdsProof('1d');
