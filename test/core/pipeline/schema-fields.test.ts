import { expect, test } from 'vitest';
import { fieldsOfSchema } from '#core/pipeline/schema-fields.ts';

test('the fields of a schema are known where it tells them, and nothing that it holds makes the asking throw', () => {
  expect(fieldsOfSchema({ shape: { a: 1, b: 2 } })).toEqual(new Set(['a', 'b']));
  expect(fieldsOfSchema({ entries: { a: 1 } })).toEqual(new Set(['a']));
  expect(fieldsOfSchema({ shape: {} })).toEqual(new Set());
  for (const odd of [undefined, null, 5, 'text', {}, { shape: null }, { shape: 'text' }, { entries: null }]) {
    expect(fieldsOfSchema(odd)).toBeUndefined();
  }
  for (const def of [null, {}, { catchall: null }, { catchall: {} }, { catchall: { def: null } }]) {
    expect(fieldsOfSchema({ shape: { a: 1 }, def })).toEqual(new Set(['a']));
  }
});
