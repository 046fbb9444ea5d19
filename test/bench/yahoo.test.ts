import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { compareRows } from '../../bench/against-duckdb/compare-rows.ts';
import { openDuckDb } from '../../bench/against-duckdb/duck-db.ts';
import { runPipeline } from '../../bench/against-duckdb/run-pipeline.ts';
import { writeEvents } from '../../bench/against-duckdb/write-events.ts';
import { adEvent } from '../../bench/yahoo/ad-events.ts';
import { expectedViews } from '../../bench/yahoo/expectation.ts';
import { makeAdEvents, makeAds } from '../../bench/yahoo/make-events.ts';
import { temporaryFolder } from '../cli/read-events/read-file.ts';

const FOLDER = resolve(import.meta.dirname, '../../bench/yahoo');
const ADS = join(FOLDER, 'ads.csv');
const OPTIONS = {
  events: 5000,
  eventsPerSecond: 50,
  startMs: Date.parse('2015-12-15T12:00:00Z'),
  seed: 1,
  lateOneIn: 100,
};

test('views by campaign are what DuckDB joins and counts, though some come a minute late', async () => {
  const eventsFile = join(await temporaryFolder(), 'events.ndjson');
  await writeEvents(eventsFile, makeAdEvents(OPTIONS));
  const run = await runPipeline(join(FOLDER, 'views-by-campaign.ts'), eventsFile, { shards: 2 });
  const { aggregated, invalid, late, received } = run.ledger;
  expect({ received, counted: aggregated + late, invalid }).toEqual({
    ...{ received: OPTIONS.events, counted: OPTIONS.events, invalid: 0 },
  });
  expect(late).toBeGreaterThan(0);
  expect(run.cost.requests['BatchGetItem']).toBeGreaterThan(0);

  const db = await openDuckDb();
  const expectation = expectedViews(eventsFile, ADS);
  const rows = run.answers['views']?.rows ?? [];
  const found = compareRows(expectation, rows, await db.rows(expectation.sql));
  db.close();
  expect(found).toMatchObject({ differences: 0, examples: [] });
  // A hundred seconds and the late ones before them, a hundred campaigns.
  expect(found.rows).toBeGreaterThan(700);
});

test('the reference table is a hundred campaigns of ten ads, as the generator makes them', async () => {
  const ads = makeAds();
  expect(new Set(ads.map(({ ad_id }) => ad_id)).size).toBe(1000);
  expect(new Set(ads.map(({ campaign_id }) => campaign_id)).size).toBe(100);
  const csv = ['ad_id,campaign_id', ...ads.map(({ ad_id, campaign_id }) => `${ad_id},${campaign_id}`)];
  expect(await readFile(ADS, 'utf8')).toBe(`${csv.join('\n')}\n`);
});

test('events have the shape, are the same for the same seed, and a third of them are views', () => {
  const events = [...makeAdEvents({ ...OPTIONS, events: 30_000 })];
  expect(events.filter((event) => !adEvent.safeParse(event).success)).toEqual([]);
  expect(events.slice(0, OPTIONS.events)).toEqual([...makeAdEvents(OPTIONS)]);
  const views = events.filter(({ event_type }) => event_type === 'view').length / events.length;
  expect(views).toBeCloseTo(1 / 3, 1);
  // In order: a time each 20 ms. Else off by up to 50 ms, and one of a hundred by up to a minute.
  const offBy = events.map(({ event_time }, i) => OPTIONS.startMs + 20 * i - Number(event_time));
  const late = offBy.filter((ms) => ms > 50).length / events.length;
  expect(late).toBeGreaterThan(0.005);
  expect(late).toBeLessThan(0.02);
  expect(Math.min(...offBy)).toBeGreaterThanOrEqual(-50);
  expect(Math.max(...offBy)).toBeLessThan(60_050);
  const { lateOneIn: _, ...inOrder } = OPTIONS;
  const times = [...makeAdEvents(inOrder)].map(({ event_time }) => Number(event_time));
  expect(times).toEqual(times.map((_, i) => OPTIONS.startMs + 20 * i));
});
