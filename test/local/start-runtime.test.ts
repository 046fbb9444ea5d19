import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { aggregateEnv } from '#functions/aggregate/env.ts';
import { BundleError } from '#local/bundle-function.ts';
import type { RuntimeOptions } from '#local/start-runtime.ts';
import { numbers, SummingRuntime, sumOf } from './runtime-fixture.ts';

let folder: string;
const started: SummingRuntime[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
});
afterEach(() => Promise.all(started.splice(0).map((one) => one.stop())));
afterAll(() => rm(folder, { recursive: true }));

async function start(options: Partial<RuntimeOptions> = {}): Promise<SummingRuntime> {
  const one = await SummingRuntime.start(options);
  started.push(one);
  return one;
}

describe('a run', () => {
  test('processes every record once, and tells what it did', async () => {
    const logs: string[] = [];
    const metrics: object[] = [];
    const onLog = (line: string) => logs.push(line);
    const one = await start({ shards: 3, onLog, onMetrics: (blob) => metrics.push(blob) });
    await one.put([...numbers(0, 1499), { value: 1499, do: 'report' }]);
    await one.runtime.drained();
    expect(await one.sum()).toEqual({ records: 1500, sum: sumOf(0, 1500), shards: 3 });

    const usage = one.runtime.usage();
    expect(usage).toMatchObject({ records: 1500, failedInvocations: 0, iteratorAgeMs: 0 });
    expect(usage.mapping).toMatchObject({
      polledRecords: 1500,
      processedRecords: 1500,
      invokedRecords: 1500,
    });
    // A read and a write an invocation; the test's own query did not ask for its capacity.
    const { invocations } = usage;
    expect(usage.requests).toMatchObject({ GetItem: invocations, PutItem: invocations });
    expect([usage.writeUnits, usage.readUnits]).toEqual([invocations, invocations]);
    expect(usage.unmeteredRequests).toBe(1);
    expect(logs.filter((line) => / records of shardId-/.test(line))).toHaveLength(invocations);
    expect(metrics).toEqual([{ _aws: { CloudWatchMetrics: [] }, Value: 1499 }]);
  });

  test('has the environment that the function asks for', async () => {
    const one = await start();
    expect(aggregateEnv.safeParse(one.runtime.environment).success).toBe(true);
  });

  test('survives kills of the function in the middle of invocations', async () => {
    const one = await start({ shards: 2, eventSource: { batchSize: 50 } });
    let kills = 0;
    one.runtime.onInvocation(({ type }) => {
      if (type === 'started' && kills < 5 && one.runtime.killInFlight()) kills += 1;
    });
    await one.put(numbers(0, 1000));
    await one.runtime.drained();
    expect(kills).toBe(5);
    expect(await one.sum()).toMatchObject({ records: 1000, sum: sumOf(0, 1000) });
    expect(one.runtime.usage()).toMatchObject({ failedInvocations: 5, records: 1000 });
  });

  test('gives up a record that crashes the function, alone, and tells the destination', async () => {
    const one = await start({ eventSource: { retryAttempts: 1 } });
    await one.put([...numbers(0, 100), { value: 100, do: 'crash' }, ...numbers(101, 150)]);
    await one.runtime.drained();
    expect(await one.sum()).toMatchObject({ records: 149, sum: sumOf(0, 150) - 100 });
    const failures = await one.failures();
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted' },
      KinesisBatchInfo: { batchSize: 1, shardId: 'shardId-000000000000' },
    });
    expect(one.runtime.usage().mapping).toMatchObject({ deliveredRecords: 1, processedRecords: 149 });
  });

  test('goes on through a split of its shard', async () => {
    const one = await start();
    await one.put(numbers(0, 300));
    await one.split('shardId-000000000000');
    await one.put(numbers(300, 600));
    await one.runtime.drained();
    await one.put(numbers(600, 700));
    await one.runtime.drained();
    expect(await one.sum()).toEqual({ records: 700, sum: sumOf(0, 700), shards: 3 });
  });

  test('two at once keep out of each other’s way', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    await Promise.all([one.put(numbers(0, 100)), other.put(numbers(100, 300))]);
    await Promise.all([one.runtime.drained(), other.runtime.drained()]);
    expect(await one.sum()).toMatchObject({ records: 100, sum: sumOf(0, 100) });
    expect(await other.sum()).toMatchObject({ records: 200, sum: sumOf(100, 300) });
  });

  test('on kinesis-local', async () => {
    const one = await start({ streamEngine: 'kinesis-local', shards: 2 });
    await one.put(numbers(0, 200));
    await one.runtime.drained();
    expect(await one.sum()).toEqual({ records: 200, sum: sumOf(0, 200), shards: 2 });
  });
});

describe('a start that fails leaves nothing behind', () => {
  test('for a pipeline that can not be bundled', async () => {
    const dataDir = join(folder, 'unbundled');
    const handlerFile = join(folder, 'broken.ts');
    await writeFile(handlerFile, 'export const = 1;');
    await expect(start({ dataDir, handlerFile })).rejects.toThrow(BundleError);
    // The folder is free, and so are the stores in it.
    const one = await start({ dataDir });
    await one.put(numbers(0, 10));
    await one.runtime.drained();
  });

  test('for a stream engine that can not keep its data', async () => {
    const dataDir = join(folder, 'unkept');
    await expect(start({ dataDir, streamEngine: 'kinesis-local' })).rejects.toThrow(
      'use the stream engine kinesalite',
    );
    expect(await readdir(dataDir)).not.toContain('lock');
  });

  test('for a data folder that is in use', async () => {
    const dataDir = join(folder, 'used');
    await start({ dataDir });
    await expect(start({ dataDir })).rejects.toThrow('is in use by process');
  });
});

describe('stop', () => {
  test('in the middle of the work ends it, may be called again, and loses nothing', async () => {
    const dataDir = join(folder, 'stopped');
    const one = await start({ dataDir, eventSource: { batchSize: 20 } });
    await one.put(numbers(0, 400));
    const drained = one.runtime.drained().catch((error: unknown) => String(error));
    await Promise.all([one.stop(), one.stop()]);
    expect(await drained).toMatch(/stopped before the stream was drained|undefined/);
    const next = await start({ dataDir });
    await next.runtime.drained();
    expect(await next.sum()).toMatchObject({ records: 400, sum: sumOf(0, 400) });
  });

  test('removes what was made for the run', async () => {
    const one = await start();
    const work = join(one.runtime.bundle.entryFile, '..', '..');
    expect(await readdir(work)).toContain('function');
    await one.stop();
    await expect(readdir(work)).rejects.toThrow('ENOENT');
  });
});
