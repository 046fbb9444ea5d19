import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRuntimeFile, writeRuntimeFile } from '#cli/runtime-folder/runtime-file.ts';
import { temporaryFolder } from './read-events/read-file.ts';

const CONTENT = {
  pid: process.pid,
  startedAt: '2026-01-01T00:00:00.000Z',
  pipeline: { name: 'flights', file: '/x/flights.ts' },
  environment: { WEIR_TABLE: 't' },
};

test('a running runtime is found, one that is gone is not', async () => {
  const folder = join(await temporaryFolder(), 'new');
  expect(readRuntimeFile(folder)).toBeUndefined();
  const remove = writeRuntimeFile(folder, CONTENT);
  expect(readRuntimeFile(folder)).toEqual({ version: 1, ...CONTENT });
  remove();
  expect(readRuntimeFile(folder)).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
  writeRuntimeFile(folder, { ...CONTENT, pid: 2 ** 22 + 1 }); // beyond Linux's greatest process id
  expect(readRuntimeFile(folder)).toBeUndefined();
});

test('a file of something else is said to be so', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'runtime.json'), '{"version":2}');
  expect(() => readRuntimeFile(folder)).toThrow(/is not what `weir start` of this version writes/);
  await writeFile(join(folder, 'runtime.json'), '{');
  expect(() => readRuntimeFile(folder)).toThrow(/Stop that runtime and remove the file/);
});
