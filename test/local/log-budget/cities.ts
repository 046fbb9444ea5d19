import { count, definePipeline, tumbling } from 'weir';
import * as z from 'zod';

/** Looks up what is nowhere, and goes on without it. */
export default definePipeline({
  name: 'cities',
  schema: z.object({ date: z.string(), origin: z.string(), delay: z.number() }),
  eventTime: ({ date }) => date,
  lookup: {
    airport: {
      table: 'no-such-table',
      key: 'origin',
      tableKey: 'iata',
      fields: { city: 'string' },
      whenDown: { city: 'unknown' },
    },
  },
  aggregates: {
    by_city: { groupBy: ['airport_city'], window: tumbling('1h'), metrics: { flights: count() } },
  },
});
