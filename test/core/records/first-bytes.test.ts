import { describe, expect, test } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';

/** What becomes of a record: its events, or `reason: detail` and the payload in their place. */
function outcome(record: string | Uint8Array): unknown[] {
  const bytes = typeof record === 'string' ? Buffer.from(record) : record;
  return decodeRecord(bytes, recordTools).map((event) =>
    event.ok ? event.value : [`${event.rejection.reason}: ${event.rejection.detail}`, event.payload],
  );
}

const deep = '['.repeat(101) + ']'.repeat(101);

describe('a record that begins like a format in some of its bytes only', () => {
  test.each([
    ['as gzip does', '\u001f5'],
    ['with the second byte of gzip', 'Ë'],
    ['with two bytes of a byte order mark', '\ufec0'],
    ['with the second and third of them', '\u0eff'],
    ['with the first and third of them', '\uf83f'],
    ['with the last bytes of packed columns', ' WR'],
  ])('%s is text like any other', (_, text) => {
    expect(outcome(text)).toEqual([['not_json: line 1: expected one JSON value', text]]);
  });

  test.each([
    ['packed columns', [0xc7, 0x57, 0x20]],
    ['packed columns', [0xc7, 0x20, 0x52]],
    ['UTF-16', [0xff, 0x7b]],
    ['UTF-16', [0xfe, 0x7b]],
  ])('as %s do is no text, and of no format that is known', (_, bytes) => {
    const record = Uint8Array.from(bytes);
    expect(outcome(record)).toEqual([
      [expect.stringMatching(/^not_utf8: bytes that are no UTF-8: send JSON in UTF-8, plain or /), record],
    ]);
  });
});

describe('one value over several lines', () => {
  test('is an event, wherever its lines end', () => {
    expect(outcome('{"a":[1,\n2]}')).toEqual([{ a: [1, 2] }]);
    expect(outcome('\n{"a":\n\n{"b":\n1}}\n')).toEqual([{ a: { b: 1 } }]);
    expect(outcome('{"a"\n:1}\n')).toEqual([{ a: 1 }]);
  });

  test('is one rejection where it nests too deeply, without a line', () => {
    const text = `{"a":\n${deep}}`;
    expect(outcome(text)).toEqual([['too_large: nested deeper than 100', text]]);
  });

  test('is one rejection where it opens with a brace by itself and is broken, whatever its lines are', () => {
    for (const text of ['{\n"a":1', ' {\r\n"a":1', '{\nnull', '{\n5\n"x"']) {
      expect(outcome(text)).toEqual([[expect.stringMatching(/^not_json: expected one JSON value/), text]]);
    }
  });

  test('is lines where there is but one, or where one is an object or an array', () => {
    expect(outcome('{')).toEqual([[expect.stringMatching(/^not_json: line 1: /), '{']]);
    expect(outcome(`{"a":${deep}}`)).toEqual([
      ['too_large: line 1: nested deeper than 100', `{"a":${deep}}`],
    ]);
    expect(outcome('{\n{"a":1}')).toEqual([[expect.stringMatching(/^not_json: line 1: /), '{'], { a: 1 }]);
    expect(outcome('{\n[1]')).toEqual([[expect.stringMatching(/^not_json: line 1: /), '{'], [1]]);
    expect(outcome('5\n{')).toEqual([5, [expect.stringMatching(/^not_json: line 2: /), '{']]);
  });
});
