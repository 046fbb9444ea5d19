import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileCheckpoints } from '#local/event-source-mapping/checkpoint-store.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  path = join(folder, 'deep', 'checkpoints.json');
});

afterEach(() => rm(folder, { recursive: true }));

test('what was set and flushed is there for the next process', async () => {
  const store = await fileCheckpoints(path, 'stream@1');
  store.set('a', { sequenceNumber: '49'.repeat(28), finished: false });
  store.set('b', { finished: true });
  await store.flush();
  const next = await fileCheckpoints(path, 'stream@1');
  expect(next.get('a')).toEqual({ sequenceNumber: '49'.repeat(28), finished: false });
  expect(next.get('b')).toEqual({ finished: true });
  expect(next.get('c')).toBeUndefined();
});

test('a stream that was made anew begins at its start', async () => {
  const store = await fileCheckpoints(path, 'stream@1');
  store.set('a', { sequenceNumber: '1', finished: true });
  await store.flush();
  expect((await fileCheckpoints(path, 'stream@2')).get('a')).toBeUndefined();
});

test('many changes make few writes, and the last one counts', async () => {
  const store = await fileCheckpoints(path, 'stream@1');
  for (let index = 0; index <= 1000; index++)
    store.set('a', { sequenceNumber: String(index), finished: false });
  await store.flush();
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
    version: 1,
    streamId: 'stream@1',
    shards: { a: { sequenceNumber: '1000', finished: false } },
  });
});

test('the file is replaced as a whole: what a killed write leaves is beside it', async () => {
  const store = await fileCheckpoints(path, 'stream@1');
  store.set('a', { sequenceNumber: '1', finished: false });
  await store.flush();
  await writeFile(`${path}.new`, '{"version":1,"str');
  expect((await fileCheckpoints(path, 'stream@1')).get('a')?.sequenceNumber).toBe('1');
  store.set('a', { sequenceNumber: '2', finished: false });
  await store.flush();
  expect(await readdir(join(folder, 'deep'))).toEqual(['checkpoints.json']);
});

test('a file that is none is not taken for an empty one', async () => {
  await (await fileCheckpoints(path, 'stream@1')).flush();
  await writeFile(path, '{"version":2}');
  await expect(fileCheckpoints(path, 'stream@1')).rejects.toThrow('is no checkpoint file of this version');
});

test('a write that fails is told by flush, and made up for by the next one', async () => {
  const store = await fileCheckpoints(path, 'stream@1');
  await rm(join(folder, 'deep'), { recursive: true });
  store.set('a', { sequenceNumber: '7', finished: false });
  await expect(store.flush()).rejects.toThrow('ENOENT');
  await fileCheckpoints(path, 'another');
  await store.flush();
  expect((await fileCheckpoints(path, 'stream@1')).get('a')?.sequenceNumber).toBe('7');
});
