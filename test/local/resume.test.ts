import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { numbers, SummingRuntime, sumOf } from './runtime-fixture.ts';

const RUNTIME_PROCESS = fileURLToPath(new URL('./fixtures/runtime-process.ts', import.meta.url));

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'weir-test-'));
});
afterAll(() => rm(dataDir, { recursive: true }));

/** Runs a runtime until it has said `line` so often, kills it, and tells all that it has said. */
async function runAndKill(range: readonly [number, number], line: string, times: number): Promise<string[]> {
  const argv = ['--import', 'tsx', RUNTIME_PROCESS, dataDir, ...range.map(String)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const ended = new Promise((resolve) => {
    child.on('close', resolve);
  });
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.split('\n').filter((said) => said === line).length >= times) child.kill('SIGKILL');
  });
  await ended;
  return output.split('\n');
}

test('a runtime that is killed again and again loses nothing and counts nothing twice', async () => {
  expect(await runAndKill([0, 1000], 'put', 1)).toContain('put');
  expect(await runAndKill([1000, 1500], 'started', 3)).toContain('started');
  expect(await runAndKill([0, 0], 'ended', 4)).toContain('ended');
  expect(await runAndKill([0, 0], 'started', 7)).toContain('started');

  const one = await SummingRuntime.start({ dataDir });
  await one.runtime.drained();
  // The second process was killed in the middle of its puts, perhaps: those that it made are all there, once.
  const { records, sum } = await one.sum();
  expect(records).toBeGreaterThanOrEqual(1000);
  expect(sum).toBe(sumOf(0, records));

  // What is processed is not processed again.
  await one.put(numbers(records, records + 100));
  await one.runtime.drained();
  expect(one.runtime.usage().mapping.polledRecords).toBeLessThan(records + 100);
  expect(await one.sum()).toMatchObject({ records: records + 100, sum: sumOf(0, records + 100) });
  await one.stop();
});
