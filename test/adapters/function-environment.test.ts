import { describe, expect, it } from 'vitest';
import { FunctionEnvironment } from '#adapters/function-environment.ts';
import { ENVIRONMENT_METRICS } from '#contracts/environment-metrics.ts';

const MINUTE_MS = 60_000;

describe('an environment', () => {
  it('tells how it fares with its first invocation, and then once a minute', async () => {
    let now = 1_000_000;
    const environment = new FunctionEnvironment(undefined, () => now);
    await environment.invocation(Date.now() + MINUTE_MS, async () => {});
    const first = environment.takeMetrics();
    expect(first).toMatchObject({ ColdStarts: 1, CircuitsOpen: 0, SocketsOpen: 0, WritesAtATime: 16 });
    for (const name of Object.keys(first)) expect(Object.keys(ENVIRONMENT_METRICS)).toContain(name);
    now += MINUTE_MS - 1;
    expect(environment.takeMetrics()).toEqual({});
    now += 1;
    expect(environment.takeMetrics()).toMatchObject({ ColdStarts: 0 });
    expect(environment.takeMetrics()).toEqual({});
  });

  it('tells what its caches were good for since it told last', () => {
    let now = 0;
    const environment = new FunctionEnvironment(undefined, () => now);
    const cache = { use: { bytes: 10, hits: 5, misses: 1 }, shed: () => {} };
    environment.watchCache(cache);
    expect(environment.takeMetrics()).toMatchObject({ CacheBytes: 10, CacheHits: 5, CacheMisses: 1 });
    cache.use = { bytes: 20, hits: 7, misses: 1 };
    now += MINUTE_MS;
    expect(environment.takeMetrics()).toMatchObject({ CacheBytes: 20, CacheHits: 2, CacheMisses: 0 });
  });
});
