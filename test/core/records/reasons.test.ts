import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import { RECORD_LIMITS } from '#core/records/limits.ts';
import { jsonKeepsNumbers, toLosslessJson } from '#core/records/lossless-json.ts';
import { toPackableEvent } from '#core/records/packable-event.ts';
import { whereJsonFailed } from '#core/records/parse-json.ts';
import { utf8BytesMax } from '#core/records/utf8-size.ts';

const MOST = RECORD_LIMITS.eventsMax;
const PACKED = [0xc7, 0x57, 0x52];
const deep = '['.repeat(RECORD_LIMITS.nestingMax + 1) + ']'.repeat(RECORD_LIMITS.nestingMax + 1);

function packed(columns: unknown): Uint8Array {
  const json = typeof columns === 'string' ? columns : JSON.stringify(columns);
  return Buffer.concat([Buffer.from([...PACKED, 1]), gzipSync(json)]);
}

/** What is said of the one event that could not be taken, in a record of this text or of these bytes. */
function rejectionIn(record: string | Uint8Array): readonly unknown[] {
  const events = decodeRecord(typeof record === 'string' ? Buffer.from(record) : record, recordTools);
  const [rejected, ...others] = events.filter((event) => !event.ok);
  expect(others).toEqual([]);
  return rejected === undefined || rejected.ok ? [] : [rejected.rejection.reason, rejected.rejection.detail];
}

describe('a rejection says what was found and what to do', () => {
  test('the limits are those that are documented', () => {
    expect(RECORD_LIMITS).toEqual({
      decompressedBytesMax: 8_388_608,
      eventsMax: 20_000,
      nestingMax: 100,
    });
  });

  test.each<[string, string | Uint8Array, string, string]>([
    ['nothing', '', 'not_json', 'empty: the record holds no event'],
    ['an empty array', '[]', 'not_json', 'an empty array: the record holds no event'],
    ['half an array', '[1,', 'not_json', 'expected a JSON array, it ends too early'],
    ['no array', '[1 2]', 'not_json', 'expected a JSON array, wrong at character 4'],
    ['a word', 'word', 'not_json', 'line 1: expected one JSON value'],
    ['half an object', '{"a":', 'not_json', 'line 1: expected one JSON value, it ends too early'],
    ['two values', '1 2', 'not_json', 'line 1: expected one JSON value, wrong at character 3'],
    ['two values in line 3', '1\n\n1 2', 'not_json', 'line 3: expected one JSON value, wrong at character 3'],
    ['too many lines', '1\n'.repeat(MOST + 1), 'too_large', 'more than 20000 lines'],
    ['too many elements', `[${'1,'.repeat(MOST)}1]`, 'too_large', '20001 events, at most 20000 are read'],
    ['a deep element', `[[], ${deep}]`, 'too_large', 'element 1: nested deeper than 100'],
    ['a deep line', `1\n{"a":${deep}}`, 'too_large', 'line 2: nested deeper than 100'],
    [
      'too large a text',
      new Uint8Array(RECORD_LIMITS.decompressedBytesMax + 1),
      'too_large',
      '8388609 bytes: put fewer events in a record',
    ],
    [
      'too large a text in gzip',
      gzipSync(new Uint8Array(RECORD_LIMITS.decompressedBytesMax + 1)),
      'too_large',
      'more than 8 MiB decompressed: put fewer events in a record',
    ],
    [
      'half of gzip',
      gzipSync('1').subarray(0, 12),
      'bad_compression',
      '12 bytes that start like gzip, but are damaged or cut off',
    ],
    [
      'gzip in gzip',
      gzipSync(gzipSync('1')),
      'bad_compression',
      'compressed twice: send the inner bytes as they are',
    ],
    [
      'packed columns in gzip',
      gzipSync(packed({ n: 1, f: [], c: [], a: [] })),
      'bad_compression',
      'compressed twice: send the inner bytes as they are',
    ],
    [
      'packed columns of no version',
      Uint8Array.from(PACKED),
      'bad_compression',
      'packed record: of version (cut off), expected 1: deploy a Weir that reads it',
    ],
    [
      'packed columns of version 2',
      Uint8Array.of(...PACKED, 2),
      'bad_compression',
      'packed record: of version 2, expected 1: deploy a Weir that reads it',
    ],
    [
      'packed columns without gzip',
      Uint8Array.of(...PACKED, 1, 2),
      'bad_compression',
      'packed record: 1 bytes that start like gzip, but are damaged or cut off',
    ],
    [
      'no text',
      Buffer.concat([Buffer.from([...PACKED, 1]), gzipSync(Buffer.from([0xff]))]),
      'bad_compression',
      'packed record: its columns are no UTF-8',
    ],
    ['no JSON', packed('{"n":'), 'not_json', 'packed record: its columns are no JSON, it ends too early'],
    [
      'no columns',
      packed('null'),
      'bad_compression',
      'packed record: expected a count n and the lists f, c and a',
    ],
    [
      'no events',
      packed({ n: 0, f: [], c: [], a: [] }),
      'bad_compression',
      'packed record: expected a count n of 1 or more',
    ],
    [
      'too many events',
      packed({ n: MOST + 1, f: [], c: [], a: [] }),
      'too_large',
      'packed record: 20001 events, at most 20000 are read',
    ],
    [
      'lists of two lengths',
      packed({ n: 1, f: ['x'], c: [], a: [] }),
      'bad_compression',
      'packed record: f, c and a are not of one length',
    ],
    [
      'a column more',
      packed({ n: 1, f: ['x'], c: [[1], [1]], a: [[]] }),
      'bad_compression',
      'packed record: f, c and a are not of one length',
    ],
    [
      'a list of runs more',
      packed({ n: 1, f: ['x'], c: [[1]], a: [[], []] }),
      'bad_compression',
      'packed record: f, c and a are not of one length',
    ],
    [
      'a count that is text',
      packed({ n: '3', f: [], c: [], a: [] }),
      'bad_compression',
      'packed record: expected a count n and the lists f, c and a',
    ],
    [
      'half a pair of runs',
      packed({ n: 3, f: ['x'], c: [[1, 2]], a: [[0, 1, 1]] }),
      'bad_compression',
      'packed record: column 0: 2 values and its runs do not make up 3 events',
    ],
    [
      'runs of halves',
      packed({ n: 4, f: ['x'], c: [[1, 2]], a: [[0.5, 1, 1.5, 1]] }),
      'bad_compression',
      'packed record: column 0: 2 values and its runs do not make up 4 events',
    ],
    [
      'a name twice',
      packed({ n: 1, f: ['x', 'x'], c: [[1], [1]], a: [[], []] }),
      'bad_compression',
      'packed record: a field is named twice',
    ],
    [
      'a number for a name',
      packed({ n: 1, f: ['x', 5], c: [[1], [1]], a: [[], []] }),
      'bad_compression',
      'packed record: column 1: expected a name, a list of values and a list of runs',
    ],
    [
      'too few values',
      packed({ n: 3, f: ['x'], c: [[1]], a: [[0, 1]] }),
      'bad_compression',
      'packed record: column 0: 1 values and its runs do not make up 3 events',
    ],
    [
      'a deep value',
      packed(`{"n":1,"f":["x"],"c":[[${deep}]],"a":[[]]}`),
      'too_large',
      'packed record: column 0: nested deeper than 100',
    ],
  ])('%s', (_, record, reason, detail) => {
    const rejection = rejectionIn(record);
    expect(rejection).toEqual([reason, detail]);
  });

  test('and nothing is known of an error that is not of the JSON parser', () => {
    expect(whereJsonFailed(new Error('Unexpected end of JSON input'))).toBe('');
    expect(whereJsonFailed('Unexpected end of JSON input')).toBe('');
    expect(whereJsonFailed(new SyntaxError('quoting " JSON at position 7" of the input'))).toBe('');
    expect(whereJsonFailed(new SyntaxError('Expected , in JSON at position 41'))).toBe(
      ', wrong at character 42',
    );
  });
});

describe('numbers in JSON', () => {
  test('are kept or not, as JSON.stringify does it', () => {
    expect(
      [0, -1.5, 'a', true, null, undefined, [1], { a: 1 }].map((value) => jsonKeepsNumbers(value)),
    ).toEqual(Array.from({ length: 8 }, () => true));
    expect(
      [Number.NaN, -Infinity, 1n, [1n], { a: [Infinity] }].map((value) => jsonKeepsNumbers(value)),
    ).toEqual(Array.from({ length: 5 }, () => false));
  });

  test('may nest as deeply as is said', () => {
    expect([jsonKeepsNumbers([[1]], 2), jsonKeepsNumbers([[1]], 1), jsonKeepsNumbers(1, 0)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('that nest too deeply are refused with what to do', () => {
    let value: unknown = Infinity;
    for (let level = 0; level <= RECORD_LIMITS.nestingMax; level++) value = { a: value };
    expect(() => toLosslessJson(value)).toThrow(
      new RangeError('nested deeper than 100 levels, or circular: flatten the event'),
    );
  });

  test('are those that toJSON gives where nothing is its key', () => {
    const value = { toJSON: (key: string) => (key === '' ? { x: 1 } : { x: Number.NaN }) };
    expect(jsonKeepsNumbers(value)).toBe(true);
    expect(toPackableEvent(value)?.fields).toEqual({ x: 1 });
  });

  test('are told apart from what only looks like a date', () => {
    expect(toLosslessJson({ toJSON: 5, x: Infinity })).toBe('{"toJSON":5,"x":1e999}');
    expect(toLosslessJson({ toJSON: (key: string) => [key, Infinity] })).toBe('["",1e999]');
    expect(toLosslessJson([Infinity, { toJSON: (key: string) => key }])).toBe('[1e999,"1"]');
    expect(toLosslessJson({ n: Infinity, a: { toJSON: (key: string) => key } })).toBe('{"n":1e999,"a":"a"}');
  });
});

describe('the size that an event claims', () => {
  test('is that of its longest form, a character at a time', () => {
    const sizes = [
      'a',
      '"',
      '\\',
      '\u0000',
      '\u001f',
      ' ',
      '~',
      '\u0080',
      '\u07ff',
      '\u0800',
      '\uffff',
      '\ud800',
      '\udfff',
    ];
    expect(sizes.map((text) => utf8BytesMax(text))).toEqual([1, 2, 2, 6, 6, 1, 1, 2, 2, 3, 3, 6, 6]);
    expect(utf8BytesMax('\ue000')).toBe(3);
    expect(utf8BytesMax('aé\n')).toBe(1 + 2 + 6);
  });

  test('is little more than the event takes', () => {
    const size = (event: unknown) => toPackableEvent(event)?.jsonBytesMax;
    // Two braces; for each field its name, two quotes, a colon and a comma; and what its value takes at most.
    expect(size({})).toBe(2);
    expect(size({ ab: 'xyz' })).toBe(2 + (2 + 4) + 5);
    expect(size({ ab: true })).toBe(2 + (2 + 4) + 5);
    expect([0, 999, -999, 1000, -999_999_999, 1e9, 0.5].map((value) => size({ ab: value }))).toEqual(
      [4, 4, 4, 10, 10, 25, 25].map((bytes) => 2 + (2 + 4) + bytes),
    );
    expect(size({ ab: [1, 'x'] })).toBe(2 + (2 + 4) + 2 * 2 + '[1,x]'.length);
    expect(size({ ab: null })).toBe(2 + (2 + 4) + 4);
  });
});

test('an event is packed down to the nesting that a record may have', () => {
  const nested = (levels: number) => ({ a: JSON.parse('['.repeat(levels - 1) + ']'.repeat(levels - 1)) });
  expect(toPackableEvent(nested(RECORD_LIMITS.nestingMax))).toBeDefined();
  expect(toPackableEvent(nested(RECORD_LIMITS.nestingMax + 1))).toBeUndefined();
});

test('a field called __proto__ is a field like any other', () => {
  const columns = { n: 1, f: ['__proto__', 'x'], c: [[1], [2]], a: [[], []] };
  const [event] = decodeRecord(packed(columns), recordTools);
  expect(Object.getOwnPropertyDescriptors(event?.ok ? event.value : undefined)).toEqual(
    Object.getOwnPropertyDescriptors(JSON.parse('{"__proto__":1,"x":2}')),
  );
});
