import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HostFixture, isRunning, until } from './host-fixture.ts';

const HOST_PROCESS = fileURLToPath(new URL('../fixtures/host-process.ts', import.meta.url));

let fixture: HostFixture;
beforeAll(async () => {
  fixture = await HostFixture.open();
});
afterAll(() => fixture.close());

/** @returns a process with a host, and the process of the host's function, which is running */
async function startHostProcess(what: string): Promise<{ parent: ChildProcess; functionPid: number }> {
  const argv = ['--import', 'tsx', HOST_PROCESS, join(fixture.folder, 'function.mjs'), fixture.folder, what];
  const parent = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  parent.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await until(() => output.includes('\n') || parent.exitCode !== null);
  const { pid } = JSON.parse(output) as { pid: number };
  return { parent, functionPid: pid };
}

test.each(['sleep', 'spin'])(
  'a killed host leaves no function behind that does nothing but %s',
  async (what) => {
    const { parent, functionPid } = await startHostProcess(what);
    expect(isRunning(functionPid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isRunning(functionPid));
  },
);
