import { count, definePipeline, first, last, max, mean, session, sum } from 'weir';
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

const idOf = ({ id }: z.infer<typeof flight>) => id;

/** When airports are busy: flights from one that are no more than half an hour apart. */
export function flightsSessions(isDeduplicated = false) {
  return definePipeline({
    name: 'flights-sessions',
    schema: flight,
    eventTime: ({ at }) => at,
    allowedLateness: '1h',
    ...(isDeduplicated && { eventId: idOf, duplicates: { within: '10m' } }),
    aggregates: {
      busy: {
        groupBy: ['origin'],
        window: session({ gap: '30m' }),
        metrics: {
          flights: count(),
          miles: sum('distance'),
          delay: mean('delay'),
          worst: max('delay'),
          first_to: first('destination'),
          last_delay: last('delay'),
        },
      },
    },
  });
}

export default flightsSessions();
