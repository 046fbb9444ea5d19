import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadedPipeline } from '#cli/load-pipeline.ts';
import type { LocalRun } from '#cli/run/local-run.ts';
import { compareRows, type Expectation } from '../../bench/against-duckdb/compare-rows.ts';
import { type DuckDb, openDuckDb } from '../../bench/against-duckdb/duck-db.ts';
import { type PipelineRun, runPipeline } from '../../bench/against-duckdb/run-pipeline.ts';
import { writeEvents } from '../../bench/against-duckdb/write-events.ts';
import { type NexmarkEvent, nexmark } from '../../bench/nexmark/bids.ts';
import {
  BY_ARRIVAL,
  EXPECTATIONS,
  HOTTEST,
  loadArrivals,
  loadBids,
} from '../../bench/nexmark/expectations.ts';
import { makeNexmarkEvents, type NexmarkOptions } from '../../bench/nexmark/make-events.ts';
import { readArrivals } from '../../bench/nexmark/read-arrivals.ts';
import { type Hottest, readHottest } from '../../bench/nexmark/read-hottest.ts';
import { temporaryFolder } from '../cli/read-events/read-file.ts';

/** A minute, half of it before midnight. */
const OPTIONS: NexmarkOptions = {
  events: 6000,
  eventsPerSecond: 100,
  startMs: Date.parse('2015-07-14T23:59:30Z'),
  seed: 1,
  outOfOrder: 1,
};
const BIDS = 5520;
/** Windows of 10 seconds every 2 seconds that have some of that minute. */
const HOPS = 34;

let db: DuckDb;
beforeAll(async () => {
  db = await openDuckDb();
});
afterAll(() => db.close());

const pipelineFile = (name: string) => resolve(import.meta.dirname, `../../bench/nexmark/${name}.ts`);

async function run(
  name: string,
  options: NexmarkOptions,
  shards: number,
  inspect?: (run: LocalRun, loaded: LoadedPipeline, folder: string) => Promise<void>,
): Promise<PipelineRun> {
  const folder = await temporaryFolder();
  const eventsFile = join(folder, 'events.ndjson');
  await writeEvents(eventsFile, makeNexmarkEvents(options));
  await loadBids(db, eventsFile);
  return runPipeline(pipelineFile(name), eventsFile, {
    shards,
    ...(inspect !== undefined && { inspect: (local, loaded) => inspect(local, loaded, folder) }),
  });
}

async function expectSame({ answers }: PipelineRun, expectation: Expectation): Promise<number> {
  const rows = answers[expectation.aggregate]?.rows ?? [];
  const found = compareRows(expectation, rows, await db.rows(expectation.sql));
  expect(found).toMatchObject({ differences: 0, examples: [] });
  expect(rows.length).toBe(found.rows);
  // So few values are counted exactly.
  expect(found.estimates.exact).toBe(found.estimates.values);
  return found.rows;
}

describe("Nexmark's queries give what DuckDB gives", () => {
  test('of a stream in order; and the top of each window over HTTP is query 5', async () => {
    let hottest: Hottest[] = [];
    let expected: Hottest[] = [];
    const result = await run('all', OPTIONS, 1, async (local, loaded) => {
      const rows = await db.rows(HOTTEST);
      expected = rows.map(({ start, auction, bids }) => ({
        ...{ start: Number(start), auction: Number(auction), bids: Number(bids) },
      }));
      hottest = await readHottest(local, loaded, [...new Set(expected.map(({ start }) => start))]);
    });
    expect(result.ledger).toMatchObject({ received: OPTIONS.events, aggregated: OPTIONS.events, late: 0 });
    const compared = [];
    for (const expectation of Object.values(EXPECTATIONS))
      compared.push(await expectSame(result, expectation));
    // Six windows of 10 seconds, two days; many auctions and channels.
    const many = expect.any(Number);
    expect(compared).toEqual([many, 6, many, 2, many, many]);
    expect(Math.min(...compared.filter((_, query) => ![1, 3].includes(query)))).toBeGreaterThan(150);
    expect(new Set(hottest.map(({ start }) => start)).size).toBe(HOPS);
    expect(hottest).toEqual(expected);
  });

  test('of four shards and a stream so far out of order that some of it is late', async () => {
    // By up to 15 seconds, where 4 are allowed.
    const result = await run('all', { ...OPTIONS, seed: 2, outOfOrder: 1500 }, 4);
    const { aggregated, late, received } = result.ledger;
    expect({ received, counted: aggregated + late }).toEqual({
      received: OPTIONS.events,
      counted: OPTIONS.events,
    });
    expect(late).toBeGreaterThan(0);
    for (const expectation of Object.values(EXPECTATIONS)) await expectSame(result, expectation);
    const windows = result.answers['highest_bid']?.windows ?? [];
    expect(windows.some(({ amended, final }) => final && amended)).toBe(true);
  });

  test('by arrival, as the stream has it', async () => {
    const result = await run('q12', OPTIONS, 2, async (local, _, folder) => {
      const arrivalsFile = join(folder, 'arrivals.ndjson');
      await writeEvents(arrivalsFile, readArrivals(local));
      await loadArrivals(db, arrivalsFile);
    });
    expect(result.ledger).toMatchObject({ aggregated: OPTIONS.events, late: 0 });
    expect(await expectSame(result, BY_ARRIVAL)).toBeGreaterThan(50);
    const bids = result.answers['bids_by_arrival']?.rows.map(({ metrics }) => Number(metrics['bids'])) ?? [];
    expect(bids.reduce((sum, each) => sum + each, 0)).toBe(BIDS);
    // Not of the events' times.
    expect(result.answers['bids_by_arrival']?.rows[0]?.windowStart).toBeGreaterThan(Date.parse('2026-01-01'));
  });
});

describe('a comparison with DuckDB', () => {
  const expectation: Expectation = {
    ...{ aggregate: 'a', sql: '', groupBy: ['shop'], exact: ['n'], distinct: ['users'] },
  };
  const row = (shop: string, n: number, users: number) => ({
    ...{ group: { shop }, windowStart: 0, windowEnd: 10, metrics: { n, users } },
  });
  const wanted = (shop: string, n: number, users: number) => ({ start: '0', shop, n: String(n), users });

  test.each([
    ['a value that differs', [row('A', 5, 1)], [wanted('A', 6, 1)]],
    ['a row that is missing', [], [wanted('A', 5, 1)]],
    ['a row too many', [row('A', 5, 1)], []],
    ['a group of another name', [row('A', 5, 1)], [wanted('B', 5, 1)]],
    ['few distinct values that are off by two', [row('A', 5, 102)], [wanted('A', 5, 100)]],
    ['many that are off by six standard errors', [row('A', 5, 11_000)], [wanted('A', 5, 10_000)]],
    ['another end', [row('A', 5, 1)], [{ ...wanted('A', 5, 1), end: '11' }]],
  ])('finds %s', (_, rows, expected) => {
    expect(compareRows(expectation, rows, expected).differences).toBeGreaterThan(0);
  });

  test('lets pass what is equal, and estimates within their bounds', () => {
    const rows = [row('A', 5, 100), row('B', 6, 101), row('C', 7, 10_100)];
    const expected = [wanted('A', 5, 100), wanted('B', 6, 100), wanted('C', 7, 10_000)];
    expect(compareRows(expectation, rows, expected)).toMatchObject({
      differences: 0,
      estimates: { values: 3, exact: 1 },
    });
  });
});

describe("Nexmark's events", () => {
  const events = [...makeNexmarkEvents({ ...OPTIONS, events: 50_000 })];
  const bids = events.flatMap(({ bid }) => (bid === null ? [] : [bid]));
  const share = (holds: (bid: (typeof bids)[number]) => boolean) => bids.filter(holds).length / bids.length;

  test('are 46 bids to 3 auctions to a person, and fit the schema', () => {
    const counts = [0, 1, 2].map((type) => events.filter(({ event_type }) => event_type === type).length);
    expect(counts).toEqual([1000, 3000, 46_000]);
    const misfits = events.filter((event) => !nexmark.schema.safeParse(event).success);
    expect(misfits).toEqual([]);
  });

  test('favour hot auctions, bidders and channels as much as they should', () => {
    // Half of the bids, and some of the others by chance.
    expect(share(({ auction }) => auction % 100 === 0)).toBeCloseTo(0.5, 1);
    expect(share(({ bidder }) => bidder % 100 === 1)).toBeCloseTo(0.75, 1);
    expect(share(({ channel }) => !channel.startsWith('channel-'))).toBeCloseTo(0.5, 1);
    for (const [from, to] of [
      [0, 10_000],
      [10_000, 1_000_000],
      [1_000_000, 1e9],
    ] as const) {
      expect(share(({ price }) => price >= from && price < to)).toBeCloseTo(1 / 3, 1);
    }
  });

  test('are the same for the same seed, each once, in whatever order', () => {
    const texts = (options: Partial<NexmarkOptions>) =>
      [...makeNexmarkEvents({ ...OPTIONS, ...options })].map((event) => JSON.stringify(event));
    expect(texts({})).toEqual(texts({}));
    expect(texts({ seed: 2 })).not.toEqual(texts({}));
    const times = ({ outOfOrder }: { outOfOrder: number }) =>
      [...makeNexmarkEvents({ ...OPTIONS, events: 1000, outOfOrder })].map(timeOf);
    expect(times({ outOfOrder: 300 })).not.toEqual(times({ outOfOrder: 1 }));
    expect(times({ outOfOrder: 300 }).sort()).toEqual(times({ outOfOrder: 1 }));
  });

  function timeOf({ person, auction, bid }: NexmarkEvent): string {
    return (person ?? auction ?? bid)?.dateTime ?? '';
  }
});
