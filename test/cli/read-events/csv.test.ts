import { expect, test } from 'vitest';
import { readContent } from './read-file.ts';

test('CSV rows are events, cells that JSON calls numbers are numbers', async () => {
  const content = [
    '\ufeff name , n,flag,when',
    'a,1,true,2020-01-01',
    'b,-2.50,false,',
    'c, 3 ,TRUE,1e3',
    'd,007,,0x10',
    '"e, ""quoted""\nand more",12345678901234567890,,1e999',
    '',
    'f,9007199254740991,,NaN',
  ].join('\r\n');
  expect(await readContent(content, 'x.csv')).toEqual([
    { name: 'a', n: 1, flag: true, when: '2020-01-01' },
    { name: 'b', n: -2.5, flag: false },
    { name: 'c', n: 3, flag: 'TRUE', when: 1000 },
    { name: 'd', n: '007', when: '0x10' },
    { name: 'e, "quoted"\nand more', n: '12345678901234567890', when: '1e999' },
    { name: 'f', n: 9007199254740991, when: 'NaN' },
  ]);
});

test('a row with more or fewer cells than the header goes on as it stands', async () => {
  expect(await readContent('a,b\n1,2\n3\n4,5,6\n7,8', 'x.csv')).toEqual([
    { a: 1, b: 2 },
    { raw: '3' },
    { raw: '4,5,6' },
    { a: 7, b: 8 },
  ]);
});

test.each([
  ['x.tsv', 'a\tb\n1\tx,y\n', { a: 1, b: 'x,y' }],
  ['x.csv', 'a;b\n1;2,5\n', { a: 1, b: '2,5' }],
  ['x.txt', 'a|b\n1|2\n', { a: 1, b: 2 }],
  ['x.csv', 'only\n1\n', { only: 1 }],
  ['x', '"a,1",b\r\n1,2\r\n', { 'a,1': 1, b: 2 }],
])('the separator is told by the header: %s', async (name, content, event) => {
  expect(await readContent(content, name)).toEqual([event]);
});

test('content goes before name: lines of JSON in a .csv, rows in a file without a name for them', async () => {
  expect(await readContent('{"a":1}\n{"a":2}\n', 'x.csv')).toEqual([{ a: 1 }, { a: 2 }]);
});

test('a column named __proto__ is a field, one without a name is left out', async () => {
  const [event] = await readContent('__proto__,,b\nx,0,2\n', 'x.csv');
  expect(Object.entries(event as object)).toEqual([
    ['__proto__', 'x'],
    ['b', 2],
  ]);
});

test('a header alone is no event', async () => {
  expect(await readContent('a,b\n', 'x.csv')).toEqual([]);
});

test.each([
  ['two columns of a name', 'a,b, a \n1,2,3\n', /two columns are named "a"/],
  ['a quote that is not closed', 'a,b\n1,2\n3,"4\n5,6\n7,8\n', /row 3 .* opens a quote that is never closed/],
  ['no UTF-8', Buffer.from('a,b\n1,2\n3,caf\xe9\n', 'latin1'), /line 3 is not UTF-8/],
])('%s is refused with the place', async (_, content, message) => {
  await expect(readContent(content, 'x.csv')).rejects.toThrow(message);
});

test('a quote inside of a cell that is not quoted is part of it', async () => {
  expect(await readContent('a,b\n5" pipe,2\n"q"x,3\n', 'x.csv')).toEqual([
    { a: '5" pipe', b: 2 },
    { a: '"q"x', b: 3 },
  ]);
});
