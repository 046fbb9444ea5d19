import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MetricDefinition } from '#contracts/metrics.ts';

const CONTRACTS = resolve(import.meta.dirname, '../../lib/contracts');
/** What a pipeline may publish of its own: each is billed by the month. */
const METRICS_MAX = 60;

/** All registries of metrics that there are in the contracts, whatever they are called. */
async function registries(): Promise<Record<string, MetricDefinition>[]> {
  const files = (await readdir(CONTRACTS)).filter((file) => file.endsWith('metrics.ts'));
  const modules = await Promise.all(
    files.map((file) => import(resolve(CONTRACTS, file)) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((module) => Object.values(module)).filter(isRegistry);
}

function isRegistry(value: unknown): value is Record<string, MetricDefinition> {
  if (typeof value !== 'object' || value === null) return false;
  const all = Object.values(value);
  return all.length > 0 && all.every((each) => typeof each === 'object' && 'meaning' in each);
}

describe('the metrics that a pipeline publishes of its own', () => {
  it('are few enough to be paid for, all functions together', async () => {
    const names = (await registries()).flatMap((registry) => Object.keys(registry));
    expect(names).toContain('EventsReceived');
    expect(names).toContain('CircuitsOpen');
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeLessThanOrEqual(METRICS_MAX);
  });

  it('have no other dimension than the pipeline: a group, a shard or a value would be a metric each', async () => {
    const sources = await Promise.all(
      (await readdir(CONTRACTS))
        .filter((file) => file.endsWith('metrics.ts'))
        .map((file) => import(resolve(CONTRACTS, file)) as Promise<Record<string, unknown>>),
    );
    const functions = sources.flatMap((module) =>
      Object.entries(module).flatMap(([name, value]) =>
        typeof value === 'function' && name.endsWith('Metric') ? [value as (name: string) => unknown] : [],
      ),
    );
    expect(functions.length).toBeGreaterThan(0);
    for (const registry of await registries()) {
      for (const name of Object.keys(registry)) {
        for (const source of functions) {
          let described: unknown;
          try {
            described = source(name);
          } catch {
            continue;
          }
          expect(Object.keys((described as { dimensions: object }).dimensions)).toEqual(['service']);
        }
      }
    }
  });
});
