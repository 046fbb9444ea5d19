import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import pipeline from '../pipeline.ts';
import { type Arrivals, LoadGenerator, type LoadSettings, NO_LOAD_FAULTS, USUAL_LOAD } from './arrivals.ts';
import { dailyCurve } from './daily-curve.ts';

const SETTINGS: LoadSettings = { ...USUAL_LOAD, seed: 3, hours: 10, eventsPerSecond: 200, unpacked: false };
const START_MS = Date.UTC(2026, 0, 5);
const MINUTE_MS = 60_000;

function arrivals(settings = SETTINGS, faults = NO_LOAD_FAULTS, minutes = 5) {
  const load = new LoadGenerator(settings);
  return Array.from({ length: minutes * 30 }, (_, i) =>
    load.next(START_MS + i * 2000, i * 2000, 2000, faults),
  );
}

function hashOf(all: readonly Arrivals[]): string {
  const hash = createHash('sha256');
  for (const { records, valid } of all) {
    hash.update(JSON.stringify(valid));
    for (const { data, partitionKey } of records) hash.update(data).update(partitionKey);
  }
  return hash.digest('hex');
}

describe('the load', () => {
  test('is the same for the same seed, to the byte, and another for another', () => {
    const first = hashOf(arrivals());
    expect(hashOf(arrivals())).toBe(first);
    expect(hashOf(arrivals({ ...SETTINGS, seed: 4 }))).not.toBe(first);
  });

  test('has in its records what it says', () => {
    for (const { bad, duplicates, records, valid } of arrivals(
      SETTINGS,
      { ...NO_LOAD_FAULTS, badShare: 0.1 },
      1,
    )) {
      const decoded = records.flatMap(({ data }) => decodeRecord(data, recordTools));
      expect(decoded).toHaveLength(valid.length + duplicates + bad);
    }
  });

  test('is late, bad and put again as often as it should be', () => {
    const all = arrivals(
      { ...SETTINGS, duplicateShare: 0.02, lateShare: 0.1, badShare: 0.05 },
      undefined,
      10,
    );
    const valid = all.flatMap((one, i) => one.valid.map((order) => START_MS + i * 2000 - order.at));
    const bad = all.reduce((sum, one) => sum + one.bad, 0);
    const duplicates = all.reduce((sum, one) => sum + one.duplicates, 0);
    expect(bad / (valid.length + bad)).toBeCloseTo(0.05, 1);
    expect(duplicates / valid.length).toBeCloseTo(0.02, 2);
    expect(valid.filter((behind) => behind > 5 * MINUTE_MS).length / valid.length).toBeCloseTo(0.1, 1);
    expect(Math.min(...valid)).toBeGreaterThanOrEqual(0);
    const ids = all.flatMap((one) => one.valid.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('is as faults make it: more, on few keys, ahead of its time', () => {
    const usual = arrivals().reduce((sum, { valid }) => sum + valid.length, 0);
    const faults = {
      ...NO_LOAD_FAULTS,
      times: 3,
      hot: { keys: 2, share: 0.6 },
      ahead: { share: 0.2, byMs: 3_600_000 },
    };
    const all = arrivals(SETTINGS, faults);
    const shops = all.flatMap(({ valid }) => valid.map(({ shop }) => shop));
    const bad = all.reduce((sum, one) => sum + one.bad, 0);
    expect((shops.length + bad) / usual).toBeCloseTo(3, 1);
    expect(shops.filter((shop) => shop.startsWith('hot-')).length / shops.length).toBeCloseTo(0.6, 1);
    expect(bad / (shops.length + bad)).toBeCloseTo(0.2, 1);
    expect(faults.ahead.byMs).toBeGreaterThan(pipeline.maxAheadMs);
  });

  test('drifts: shops of now are not those of hours ago', () => {
    const at = (hour: number) => {
      const load = new LoadGenerator(SETTINGS);
      const { valid } = load.next(START_MS + hour * 60 * MINUTE_MS, 0, 60_000, NO_LOAD_FAULTS);
      return new Set(valid.map(({ shop }) => shop));
    };
    const then = at(0);
    const now = at(6);
    expect([...now].filter((shop) => then.has(shop))).toEqual([]);
    expect(now.size).toBeGreaterThan(100);
  });
});

describe('the daily curve', () => {
  test.each([4, 10, 24])('of %i hours is as high in the second hour as in the last', (hours) => {
    const levelOf = (hour: number) =>
      Array.from({ length: 60 }, (_, minute) =>
        dailyCurve((hour - 1) * 60 * MINUTE_MS + minute * MINUTE_MS, hours, 1),
      );
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(levelOf(hours))).toBeCloseTo(mean(levelOf(2)), 1);
    expect(mean(levelOf(Math.round(hours / 2) + 1))).toBeGreaterThan(mean(levelOf(2)));
  });
});
