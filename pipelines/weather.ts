import { count, definePipeline, max, mean, min, stddev, sum, tumbling } from 'weir';
import * as z from 'zod';

const day = z.object({
  location: z.string(),
  date: z.string(),
  precipitation: z.number().nonnegative(), // mm
  temp_max: z.number(), // °C
  temp_min: z.number(), // °C
  wind: z.number().nonnegative(), // m/s
  weather: z.enum(['drizzle', 'fog', 'rain', 'snow', 'sun']),
});
type Day = z.infer<typeof day>;

const isWet = ({ precipitation }: Day) => precipitation > 0;

/** Daily weather of Seattle and New York, 2012 to 2015, as in the npm package vega-datasets, by the week. */
export default definePipeline({
  name: 'weather',
  schema: day,
  eventTime: ({ date }) => date,
  aggregates: {
    weeks_by_location: {
      groupBy: ['location'],
      window: tumbling('7d'),
      metrics: {
        days: count(),
        wet_days: count({ where: isWet }),
        precipitation: sum('precipitation'),
        warmest: max('temp_max'),
        coldest: min('temp_min'),
        wind: mean('wind'),
        wind_spread: stddev('wind'),
      },
    },
    weeks_by_weather: {
      groupBy: ['weather'],
      window: tumbling('7d'),
      metrics: {
        days: count(),
        precipitation: sum('precipitation'),
        windy_days: count({ where: ({ wind }: Day) => wind > 5 }),
        warmest_when_wet: max('temp_max', { where: isWet }),
      },
    },
  },
});
