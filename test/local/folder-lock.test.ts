import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from '#local/folder-lock.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('a folder has one user at a time', async () => {
  const unlock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`is in use by process ${process.pid}`);
  await unlock();
  await (await lockFolder(folder))();
});

test('the lock of another process that is running is respected', async () => {
  const other = spawn('sleep', ['60']);
  await writeFile(join(folder, 'lock'), String(other.pid));
  await expect(lockFolder(folder)).rejects.toThrow(`is in use by process ${other.pid}`);
  const gone = new Promise((resolve) => {
    other.on('exit', resolve);
  });
  other.kill('SIGKILL');
  await gone;
  await (await lockFolder(folder))();
});

test.each(['', 'no number', '0', '-1', String(process.pid)])(
  'a lock that says "%s" is left over',
  async (content) => {
    await writeFile(join(folder, 'lock'), content);
    const unlock = await lockFolder(folder);
    expect(await readFile(join(folder, 'lock'), 'utf8')).toBe(String(process.pid));
    await unlock();
  },
);
