import { count, definePipeline, max, type Pipeline, sum, tumbling } from 'weir';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import type { SchemaResult, StandardSchema } from '#core/pipeline/standard-schema.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { ARRIVAL, recordOfEvents } from '../../support/shard-world.ts';

/** An event of these tests. */
export interface Ping {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly host: string;
  readonly millis: number;
}

const MINUTE = 60_000;
const LATENESS = 2 * MINUTE;

/** A pipeline by host and minute, and over all hosts by the hour; `onEvent` sees each event that is checked. */
export function pingPipeline(onEvent: (ping: Ping) => void = () => {}): Pipeline {
  const validate = (value: unknown): SchemaResult<Ping> => {
    const { at, host, millis } = (value ?? {}) as Partial<Ping>;
    if (typeof at !== 'number' || typeof host !== 'string' || typeof millis !== 'number') {
      return { issues: [{ message: 'no ping' }] };
    }
    onEvent({ at, host, millis });
    return { value: { at, host, millis } };
  };
  const schema: StandardSchema<unknown, Ping> = { '~standard': { version: 1, vendor: 'test', validate } };
  return definePipeline({
    name: 'pings',
    schema,
    eventTime: ({ at }) => at,
    allowedLateness: '2m',
    aggregates: {
      by_host: {
        groupBy: ['host'],
        window: tumbling('1m'),
        metrics: { pings: count(), total: sum('millis'), slowest: max('millis') },
      },
      all: { groupBy: [], window: tumbling('1h'), metrics: { pings: count() } },
    },
  });
}

export function ping(minute: number, host = 'a', millis = 1): Ping {
  return { at: ARRIVAL - 3_600_000 + minute * MINUTE, host, millis };
}

/** The rows of `by_host`, added up one by one. */
export function naiveRows(pings: readonly Ping[]): AggregateRow[] {
  const cells = new Map<string, { start: number; host: string; millis: number[] }>();
  for (const { at, host, millis } of pings) {
    const start = at - (((at % MINUTE) + MINUTE) % MINUTE);
    const cell = cells.get(`${start}|${host}`) ?? { start, host, millis: [] };
    cell.millis.push(millis);
    cells.set(`${start}|${host}`, cell);
  }
  return [...cells.values()]
    .sort((a, b) => a.start - b.start || (JSON.stringify([a.host]) < JSON.stringify([b.host]) ? -1 : 1))
    .map(({ start, host, millis }) => ({
      group: { host },
      windowStart: start,
      windowEnd: start + MINUTE,
      metrics: {
        pings: millis.length,
        total: millis.reduce((a, b) => a + b, 0),
        slowest: Math.max(...millis),
      },
    }));
}

/** How many of these pings, in their order, come when their minute is closed. None is ahead of its arrival. */
export function naiveLate(pings: readonly Ping[]): number {
  let newest = Number.NEGATIVE_INFINITY;
  let late = 0;
  for (const { at } of pings) {
    const minuteEnd = at - (((at % MINUTE) + MINUTE) % MINUTE) + MINUTE;
    // A minute's end is no later than its hour's, so that what is late by the hour is late by the minute.
    if (minuteEnd <= newest - LATENESS) late += 1;
    newest = Math.max(newest, at);
  }
  return late;
}

/** Records of these pings, so many each. */
export function recordsOf(pings: readonly Ping[], eventsEach: number, firstAt = 1): StreamRecord[] {
  const records: StreamRecord[] = [];
  for (let i = 0; i < pings.length; i += eventsEach) {
    records.push(recordOfEvents(firstAt + records.length, pings.slice(i, i + eventsEach)));
  }
  return records;
}
