import { expect, test } from 'vitest';
import { itemBytes } from '#local/emulators/item-size.ts';

/** By hand, from "DynamoDB item sizes and formats": name and value of each attribute. */
const sizes: [string, Record<string, unknown>, number][] = [
  ['text in UTF-8', { nä: { S: 'grüße' } }, 3 + 7],
  ['bytes, not their base64', { b: { B: Buffer.alloc(100).toString('base64') } }, 1 + 100],
  ['a number: a byte for two digits, and one', { n: { N: '1234' } }, 1 + 2 + 1],
  ['a number without its zeros', { n: { N: '5000000' } }, 1 + 1 + 1],
  ['a fraction', { n: { N: '0.00125' } }, 1 + 2 + 1],
  ['a negative number: one more', { n: { N: '-12' } }, 1 + 1 + 1 + 1],
  ['a boolean and null', { t: { BOOL: true }, u: { NULL: true } }, 1 + 1 + 1 + 1],
  [
    'sets',
    { s: { SS: ['ab', 'c'] }, b: { BS: ['AAAA'] }, n: { NS: ['1', '22'] } },
    1 + 3 + 1 + 3 + 1 + 2 + 2,
  ],
  ['a list: 3, and 1 an element', { l: { L: [{ S: 'abc' }, { N: '1' }] } }, 1 + 3 + 1 + 3 + 1 + 2],
  ['a map: 3, and 1 an entry', { m: { M: { a: { S: 'xy' } } } }, 1 + 3 + 1 + 1 + 2],
  ['nothing', {}, 0],
];
test.each(sizes)('%s', (_what, item, bytes) => {
  expect(itemBytes(item)).toBe(bytes);
});
