import { fileURLToPath } from 'node:url';

const DATA = fileURLToPath(new URL('../../node_modules/vega-datasets/data/', import.meta.url));
const DAY_SECONDS = 86_400;

/** How one level of an aggregate is asked of DuckDB: its metrics as SQL over `of`, with `windowSeconds` to divide by. */
export interface ProofAggregate {
  readonly name: string;
  readonly groupBy: readonly string[];
  /** The sizes of its windows, the least first; and those of the pipelines for events in no order. */
  readonly levelsSeconds: readonly number[];
  readonly shuffledLevelsSeconds: readonly number[];
  readonly metrics: Readonly<Record<string, string>>;
  /** Of sessions, whose gap is their only level: a session of a group ends where the next event is further away. */
  readonly isOfSessions?: true;
}

/** Real events, and what is asked of them. */
export interface DataSet {
  readonly name: string;
  /** Events in it. */
  readonly events: number;
  /** A table with `id`, `at` (epoch milliseconds, different for all) and the fields, by time. */
  readonly sql: string;
  /** How far behind their time delayed events come at least: more than the allowed lateness and the largest window. */
  readonly delayMs: number;
  /** Pipelines by what is done with the events; `patient` waits so long that nothing is late. */
  readonly pipelines: Readonly<
    Record<'strict' | 'duplicates', string> & Partial<Record<'shuffled' | 'patient', string>>
  >;
  readonly aggregates: readonly ProofAggregate[];
}

const pipeline = (name: string) => fileURLToPath(new URL(`./pipelines/${name}.ts`, import.meta.url));
const where = (condition: string) => `(count(*) FILTER (WHERE ${condition}))::INT`;
/** Of whole numbers, whose sums and sums of squares DuckDB has exactly: rounded once, by the division. */
const meanOf = (field: string) => `sum(${field})::DOUBLE / count(${field})`;
const varianceOf = (field: string) =>
  `(count(${field}) * sum(${field} * ${field}) - sum(${field}) * sum(${field}))::DOUBLE / (count(${field}) * count(${field}))`;

/** A time of its own for each of the events of a minute or a day: `first` and `last` are then the same for everyone. */
const ordered = (time: string, columns: string, table: string) =>
  `SELECT (row_number() OVER (ORDER BY ${time}, place))::DOUBLE AS id,
     (epoch_ms(${time}::TIMESTAMP) + row_number() OVER (PARTITION BY ${time} ORDER BY place))::DOUBLE AS "at",
     ${columns} FROM (SELECT *, row_number() OVER () AS place FROM ${table})`;

const FLIGHTS = {
  events: 3_000_000,
  sql: ordered(
    'date',
    'delay::DOUBLE AS delay, distance::DOUBLE AS distance, origin, destination',
    `read_parquet('${DATA}flights-3m.parquet')`,
  ),
} as const;

export const DATA_SETS: readonly DataSet[] = [
  {
    ...FLIGHTS,
    name: 'flights',
    delayMs: 8 * DAY_SECONDS * 1000,
    pipelines: {
      strict: pipeline('flights-proof'),
      shuffled: pipeline('flights-proof-shuffled'),
      patient: pipeline('flights-proof-patient'),
      duplicates: pipeline('flights-proof-duplicates'),
    },
    aggregates: [
      {
        name: 'by_origin',
        groupBy: ['origin'],
        levelsSeconds: [DAY_SECONDS, 7 * DAY_SECONDS],
        shuffledLevelsSeconds: [28 * DAY_SECONDS, 56 * DAY_SECONDS],
        metrics: {
          flights: 'count(*)::INT',
          pace: 'count(*)::DOUBLE / windowSeconds',
          miles: 'sum(distance::BIGINT)::DOUBLE',
          delay: meanOf('delay::BIGINT'),
          earliest: 'min(delay)',
          worst: 'max(delay)',
          spread: `sqrt(${varianceOf('delay::BIGINT')})`,
          squared: varianceOf('delay::BIGINT'),
          first_to: 'arg_min(destination, "at")',
          last_delay: 'arg_max(delay, "at")',
          delays: `[${where('delay < 0')}, ${where('delay >= 0 AND delay < 15')}, ${where('delay >= 15 AND delay < 60')}, ${where('delay >= 60')}]`,
        },
      },
      {
        name: 'by_route',
        groupBy: ['origin', 'destination'],
        levelsSeconds: [28 * DAY_SECONDS],
        shuffledLevelsSeconds: [28 * DAY_SECONDS],
        metrics: { flights: 'count(*)::INT', delay: meanOf('delay::BIGINT'), late: where('delay > 15') },
      },
    ],
  },
  {
    ...FLIGHTS,
    name: 'sessions',
    delayMs: 6 * 3600 * 1000,
    // Events of months in no order would be of thousands of panes at once, in every batch.
    pipelines: {
      strict: pipeline('flights-sessions'),
      duplicates: pipeline('flights-sessions-duplicates'),
    },
    aggregates: [
      {
        name: 'busy',
        groupBy: ['origin'],
        isOfSessions: true,
        levelsSeconds: [1800],
        shuffledLevelsSeconds: [],
        metrics: {
          flights: 'count(*)::INT',
          miles: 'sum(distance::BIGINT)::DOUBLE',
          delay: meanOf('delay::BIGINT'),
          worst: 'max(delay)',
          first_to: 'arg_min(destination, "at")',
          last_delay: 'arg_max(delay, "at")',
        },
      },
    ],
  },
  {
    name: 'birds',
    events: 7213,
    sql: ordered(
      '"Flight Date"',
      `"Origin State" AS state, "Wildlife Size" AS size, "Wildlife Species" AS species,
       "Cost Total $"::DOUBLE AS cost, "Speed IAS in knots"::DOUBLE AS speed`,
      // Ten years: the longest that a pipeline may wait.
      `read_csv('${DATA}birdstrikes.csv') WHERE "Flight Date" < DATE '2000-01-01'`,
    ),
    delayMs: 30 * DAY_SECONDS * 1000,
    pipelines: {
      strict: pipeline('birds-proof'),
      shuffled: pipeline('birds-proof'),
      patient: pipeline('birds-proof-patient'),
      duplicates: pipeline('birds-proof-duplicates'),
    },
    aggregates: [
      {
        name: 'by_state',
        groupBy: ['state', 'size'],
        levelsSeconds: [28 * DAY_SECONDS, 364 * DAY_SECONDS],
        shuffledLevelsSeconds: [28 * DAY_SECONDS, 364 * DAY_SECONDS],
        metrics: {
          strikes: 'count(*)::INT',
          pace: 'count(*)::DOUBLE / windowSeconds',
          cost: 'sum(cost::BIGINT)::DOUBLE',
          speed: meanOf('speed::BIGINT'),
          slowest: 'min(speed)',
          fastest: 'max(speed)',
          spread: `sqrt(${varianceOf('speed::HUGEINT')})`,
          squared: varianceOf('cost::HUGEINT'),
          first_species: 'arg_min(species, "at")',
          last_speed: 'arg_max(speed, "at") FILTER (WHERE speed IS NOT NULL)',
          speeds: `[${where('speed < 100')}, ${where('speed >= 100 AND speed < 150')}, ${where('speed >= 150 AND speed < 200')}, ${where('speed >= 200')}]`,
        },
      },
    ],
  },
];
