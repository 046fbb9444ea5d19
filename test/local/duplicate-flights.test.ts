import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { nodeCompression } from '#adapters/node-compression.ts';
import { queryAggregate } from '#app/query/query-aggregate.ts';
import { readHeads } from '#app/query/read-heads.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { loadPipeline } from '#cli/load-pipeline.ts';
import { openEventFile } from '#cli/read-events/open-event-file.ts';
import { LocalRun } from '#cli/run/local-run.ts';
import { rowJson } from '#cli/show/rows-json.ts';
import { seededRandom } from '#cli/try/seeded-random.ts';
import { duckdb, expectSameAsDuckdb, type PrintedRow } from '../cli/duckdb-answer.ts';
import { temporaryFolder } from '../cli/read-events/read-file.ts';
import { DATA } from '../cli/run-weir.ts';

const PIPELINE = fileURLToPath(new URL('./fixtures/numbered-flights.ts', import.meta.url));
const COUNT = 20_000;
const COPIES = COUNT / 20;
/** Every fifth of the flights, by their times, with the number of their row. */
const FLIGHTS = `SELECT file_row_number::INT AS id, date, delay::INT AS delay, distance::INT AS distance, origin, destination
  FROM read_parquet('${DATA}flights-3m.parquet', file_row_number = true)
  WHERE file_row_number % 5 = 0 AND file_row_number < ${5 * COUNT} ORDER BY date, id`;

interface Flight {
  readonly id: number;
}

/** A twentieth of the flights twice or three times: at once, some records later, or much later; and not always the same. */
function withCopies(flights: readonly Flight[]): Flight[] {
  const random = seededRandom(11);
  const places = flights.map((flight, place) => ({ flight, place }));
  for (let copy = 0; copy < COPIES; copy++) {
    const place = Math.floor(random() * flights.length);
    const behind = [0.5, 40, 3000][copy % 3] ?? 0;
    const flight = flights[place] ?? expect.fail('no such flight');
    const change = copy % 2 === 0 ? {} : { delay: 9999, origin: 'XXX' };
    places.push({ flight: { ...flight, ...change }, place: place + behind });
  }
  return places.sort((a, b) => a.place - b.place).map(({ flight }) => flight);
}

test.each([1, 4])(
  '5 % of 20,000 real flights sent again, over %i shards, are as DuckDB has them without',
  async (shards) => {
    const path = join(await temporaryFolder(), 'flights.json');
    await writeFile(path, JSON.stringify(withCopies((await duckdb(FLIGHTS)) as unknown as Flight[])));
    const loaded = await loadPipeline(PIPELINE);
    const run = await LocalRun.start(loaded, {
      runtime: { shards, eventSource: { batchSize: 20, maxBatchingWindowSeconds: 0 } },
      // In lanes by their number, so that copies go to the shard of the first.
      producer: { eventsPerRecordMax: 25, keyOf: (event) => (event as Flight).id },
    });
    onTestFinished(() => run.stop());
    const { signal } = new AbortController();
    await run.feed(await openEventFile(path), signal);
    await run.drained(signal);

    const { total } = await readLedger(run.table);
    expect(total).toMatchObject({ received: COUNT + COPIES, duplicate: COPIES, invalid: 0, expired: 0 });
    expect(total.aggregated + total.late).toBe(COUNT);
    const heads = await readHeads(run.table);
    expect(heads.filter(({ head }) => (head.seen?.segments.length ?? 0) > 0)).toHaveLength(shards);

    const [byOrigin] = loaded.pipeline.aggregates;
    if (byOrigin === undefined) throw new Error('a pipeline without aggregates');
    const rows = await queryAggregate({ table: run.table, compression: nodeCompression }, byOrigin);
    await expectSameAsDuckdb(
      rows.map((row) => JSON.parse(rowJson(row)) as PrintedRow),
      {
        source: `(${FLIGHTS})`,
        time: 'date::TIMESTAMP',
        windowSeconds: 3600,
        groupBy: ['origin'],
        exact: { flights: 'count(*)', worst: 'max(delay)', miles: 'sum(distance)' },
        approximate: { delay: 'avg(delay)' },
      },
    );
  },
);
