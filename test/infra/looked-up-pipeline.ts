import { count, definePipeline, tumbling } from 'weir';
import * as z from 'zod';

const airport = { table: 'airports', fields: { city: 'string' } } as const;

/** `flights` with lookups that do all that lookups may when there is no entry, or no table. */
export const LOOKED_UP = definePipeline({
  name: 'flights',
  schema: z.object({ date: z.string(), origin: z.string(), destination: z.string(), plane: z.string() }),
  eventTime: ({ date }) => date,
  lookup: {
    from: { ...airport, key: 'origin', whenDown: { city: 'unknown' } },
    to: { ...airport, key: 'destination', whenMissing: 'reject' },
    plane: { table: 'planes', key: 'plane', fields: { seats: 'number' } },
  },
  aggregates: { all: { groupBy: [], window: tumbling('1h'), metrics: { flights: count() } } },
});
