import { describe, expect, it } from 'vitest';
import { checkHealth, type HealthDeps } from '#app/health/check-health.ts';
import { healthJson } from '#app/health/health-json.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { HealthProbe } from '#app/ports/health-probe.ts';
import type { Table } from '#app/ports/table.ts';
import type { EpochMs, ShardId, StreamId } from '#core/brand.ts';
import { EMPTY_HEAD } from '#core/protocol/head.ts';
import { EMPTY_REGISTRY } from '#core/protocol/registry.ts';
import { ManualClock, passTime } from '#test/app/produce/fakes.ts';
import { ShopApi } from '#test/app/query-api/shop.ts';

const ARN = 'arn:aws:dynamodb:us-east-1:111122223333:table/weir-flights';
const shard = (name: string) => ({ stream: 's@1' as StreamId, shard: name as ShardId });

const HEADS: Readonly<Record<string, object>> = {
  one: { ...EMPTY_HEAD, newest: { time: 5000, arrival: 5001 }, watermark: 4000 },
  two: { ...EMPTY_HEAD, newest: { time: 9000, arrival: 9001 }, watermark: 3000 },
  gone: { ...EMPTY_HEAD, newest: { time: 1, arrival: 1 }, watermark: 1, ended: true },
};

function tableOf(change: Partial<Table> = {}): Table {
  return {
    readRegistry: async () => ({
      ...EMPTY_REGISTRY,
      shards: Object.keys(HEADS).map(shard),
      finalThrough: 2000 as EpochMs,
    }),
    readHead: async ({ shard: name }: { shard: string }) => HEADS[name],
    ...change,
  } as unknown as Table;
}

async function reportOf(table: Table, probes: readonly HealthProbe[] = []) {
  const clock = new ManualClock();
  const deps: HealthDeps = { table, probes, now: () => clock.nowMs(), sleep: (ms) => clock.sleep(ms) };
  return passTime(clock, checkHealth(deps));
}

const never = () => new Promise<never>(() => {});

describe('the health of a pipeline', () => {
  it('is ok where everything answers, with how fresh the values are', async () => {
    const report = await reportOf(tableOf(), [{ name: 'stream', ask: async () => {} }]);
    expect(report).toEqual({
      ok: true,
      checks: [
        { name: 'table', ok: true, ms: 0 },
        { name: 'stream', ok: true, ms: 0 },
      ],
      freshness: { newestEvent: 9000, watermark: 3000, finalThrough: 2000 },
    });
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['hangs', never, 'no answer within 2000 ms'],
    [
      'is down',
      () => Promise.reject(new DependencyError('stream', 'unavailable', `x of ${ARN}`)),
      'it gives no answer, or is in trouble',
    ],
    [
      'throttles',
      () => Promise.reject(new DependencyError('stream', 'throttled', ARN)),
      'it is asked too often',
    ],
    [
      'refuses',
      () => Promise.reject(new DependencyError('stream', 'refused', `not authorized on ${ARN}`)),
      'it refuses: something is not allowed, or not there',
    ],
    ['can not even be asked', () => Promise.reject(new Error(ARN)), 'the check itself failed'],
  ])('says that a service %s, and names neither resources nor accounts', async (_what, ask, what) => {
    const report = await reportOf(tableOf(), [{ name: 'stream', ask }]);
    expect(report.ok).toBe(false);
    expect(report.checks).toMatchObject([
      { name: 'table', ok: true },
      { name: 'stream', ok: false, what },
    ]);
    expect(JSON.stringify(healthJson('flights', report, 10_000))).not.toContain('arn:');
  });

  it('does without freshness where the table does not answer, and asks the others all the same', async () => {
    const report = await reportOf(tableOf({ readRegistry: never }), [
      { name: 'stream', ask: async () => {} },
    ]);
    expect(report.checks.map(({ ok }) => ok)).toEqual([false, true]);
    expect(report.freshness).toEqual({ newestEvent: null, watermark: null, finalThrough: null });
  });

  it('is told over HTTP: 200 where all is well, 503 where something is not; never from a cache', async () => {
    const api = new ShopApi([]);
    api.now = 10_000;
    const ok = await api.get('/health');
    expect([ok.status, ok.headers['cache-control'], ok.headers['etag']]).toEqual([
      200,
      'no-store',
      undefined,
    ]);
    api.health = () => reportOf(tableOf(), [{ name: 'stream', ask: never }]);
    const failing = await api.get('/health');
    expect(failing.status).toBe(503);
    expect(JSON.parse(String(failing.body))).toEqual({
      pipeline: 'sales',
      status: 'failing',
      checks: [
        { name: 'table', status: 'ok', ms: 0 },
        { name: 'stream', status: 'failing', ms: 2000, what: 'no answer within 2000 ms' },
      ],
      freshness: {
        newestEvent: '1970-01-01T00:00:09.000Z',
        ageMs: 1000,
        watermark: '1970-01-01T00:00:03.000Z',
        finalThrough: '1970-01-01T00:00:02.000Z',
      },
    });
  });
});
