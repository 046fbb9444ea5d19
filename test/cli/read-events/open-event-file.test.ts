import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openEventFile, openingProblem } from '#cli/read-events/open-event-file.ts';
import { UsageError } from '#cli/usage-error.ts';
import { readContent, temporaryFolder } from './read-file.ts';

test('a file that does not exist, or is a folder, is said so, with its path', async () => {
  const folder = await temporaryFolder();
  await expect(openEventFile(join(folder, 'none.json'))).rejects.toThrow(/none\.json does not exist/);
  await expect(openEventFile(folder)).rejects.toThrow(`${folder} is a folder. Name one file in it.`);
  await expect(openEventFile('/dev/null')).rejects.toThrow(/no regular file/);
  await expect(openEventFile(join(folder, 'none.json'))).rejects.toBeInstanceOf(UsageError);
});

test('a file that may not be read is said so', () => {
  const refused = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  expect(openingProblem('x.json', refused)).toMatch(/x\.json may not be read by this user/);
});

test('a path through a file is said so', async () => {
  const path = join(await temporaryFolder(), 'x.json');
  await writeFile(path, '{}');
  await expect(openEventFile(join(path, 'y'))).rejects.toThrow(/can't be opened: ENOTDIR/);
});

test('an empty file has no event, and neither has one of blanks or compressed nothing', async () => {
  expect(await readContent('')).toEqual([]);
  expect(await readContent('\ufeff')).toEqual([]);
  expect(await readContent(' \r\n\n ')).toEqual([]);
  expect(await readContent(gzipSync(''))).toEqual([]);
});

test.each([
  ['zip', Buffer.from('504b0304140000000800', 'hex'), /a zip archive or a spreadsheet/],
  ['zstd', Buffer.from('28b52ffd0458', 'hex'), /zstd-compressed/],
  ['UTF-16', Buffer.from('\ufeff{"a":1}', 'utf16le'), /UTF-16/],
  ['gzip in gzip', gzipSync(gzipSync('{}')), /gzip-compressed twice/],
  ['bytes', deflateRawSync(Buffer.alloc(5000, 'ab\0')), /no text|can't be told/],
  ['prose', 'It was the best of times', /can't be told/],
])('a file of another kind is named and refused: %s', async (_, content, message) => {
  await expect(readContent(content, 'x')).rejects.toThrow(message);
});

test('the format does not hang on the folder', async () => {
  const folder = join(await temporaryFolder(), 'a.csv');
  await mkdir(folder);
  await writeFile(join(folder, 'x'), '{"a":1}\n');
  expect((await openEventFile(join(folder, 'x'))).format).toBe('ndjson');
});
