import { expectSameAsDuckdb, type PrintedRow } from './duckdb-answer.ts';

/** Checks both aggregates of pipelines/flights.ts. `source` is a table of flights in DuckDB's SQL, `time` their time. */
export async function expectFlights(
  aggregates: Readonly<Record<string, readonly PrintedRow[]>>,
  source: string,
  time: string,
): Promise<void> {
  await expectSameAsDuckdb(aggregates['delays_by_origin'] ?? [], {
    source,
    time,
    windowSeconds: 3600,
    groupBy: ['origin'],
    exact: { flights: 'count(*)', worst: 'max(delay)' },
    approximate: { delay: 'avg(delay)' },
  });
  await expectSameAsDuckdb(aggregates['delays_by_route'] ?? [], {
    source,
    time,
    windowSeconds: 86_400,
    groupBy: ['origin', 'destination'],
    exact: { flights: 'count(*)', earliest: 'min(delay)', miles: 'sum(distance)' },
    approximate: { delay: 'avg(delay)', spread: 'stddev_pop(delay)' },
  });
}
