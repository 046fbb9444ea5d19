import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { DecodedEvent } from '#core/records/decoded-event.ts';

const BOM = '\ufeff';

function decode(record: string | Uint8Array): DecodedEvent[] {
  return decodeRecord(typeof record === 'string' ? Buffer.from(record) : record, recordTools);
}

/** The events in short: values, and rejections as `reason: payload`. */
function outcome(record: string | Uint8Array): unknown[] {
  return decode(record).map((event) =>
    event.ok ? event.value : `${event.rejection.reason}: ${String(event.payload)}`,
  );
}

function onlyRejection(record: string | Uint8Array) {
  const [event, ...others] = decode(record);
  expect(others).toEqual([]);
  if (event === undefined || event.ok) throw new Error('expected a rejection');
  return { ...event.rejection, payload: event.payload };
}

describe('a record of text', () => {
  it('is one object, however it is written', () => {
    expect(outcome('{"a":1}')).toEqual([{ a: 1 }]);
    expect(outcome(' \r\n\t{"a":1}\n\n')).toEqual([{ a: 1 }]);
    expect(outcome(JSON.stringify({ a: [1, { b: null }] }, null, 2))).toEqual([{ a: [1, { b: null }] }]);
    expect(outcome('\n{\r\n "a": 1\r\n}\r\n')).toEqual([{ a: 1 }]);
  });

  it('is a line an event, with or without carriage returns, blank lines and a byte order mark', () => {
    expect(outcome('{"a":1}\n{"a":2}')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(outcome('{"a":1}\r\n\r\n  \n{"a":2}\r\n')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(outcome(`${BOM}{"a":1}\n{"a":2}\n`)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(outcome(gzipSync(`${BOM}{"a":1}\n{"a":2}\n`))).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('is an array of events, which may be any JSON: the schema judges them', () => {
    expect(outcome('[{"a":1},{"a":2}]')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(outcome(`${BOM}\n[ 5, null, [1], "x" ]\n`)).toEqual([5, null, [1], 'x']);
    expect(outcome(gzipSync('[\n{"a":1},\n{"a":2}\n]'))).toEqual([{ a: 1 }, { a: 2 }]);
    expect(outcome('5')).toEqual([5]);
    expect(outcome('null\n"x"')).toEqual([null, 'x']);
  });

  it('keeps the good neighbours of a bad line', () => {
    expect(outcome('{"a":1}\n{"a":\r\n{"a":3}')).toEqual([{ a: 1 }, 'not_json: {"a":', { a: 3 }]);
    expect(outcome('{"a":\n{"a":2}')).toEqual(['not_json: {"a":', { a: 2 }]);
    expect(outcome('{\n{"a":2}')).toEqual(['not_json: {', { a: 2 }]);
    expect(outcome('{"a":NaN}\n{"a":1e999}')).toEqual(['not_json: {"a":NaN}', { a: Infinity }]);
    expect(outcome('rubbish\nmore')).toEqual(['not_json: rubbish', 'not_json: more']);
    // No white space of JSON's: a bad line, and not a blank one.
    expect(outcome('{"a":1}\n\u00a0\n')).toEqual([{ a: 1 }, 'not_json: \u00a0']);
  });

  it('says which line, and where in it', () => {
    const details = decode('{"a":1}\n\n{"a" 1}\n{"a":1}x\n{"a":\n').map(
      (event) => event.ok || event.rejection.detail,
    );
    expect(details.slice(0, 3)).toEqual([
      true,
      'line 3: expected one JSON value, wrong at character 6',
      'line 4: expected one JSON value, wrong at character 8',
    ]);
    expect(details[3]).toContain('line 5: expected one JSON value, ');
  });

  it('is one rejection where one object over several lines is broken', () => {
    const half = JSON.stringify({ a: [1, 2], b: { c: 'x' } }, null, 2).slice(0, -3);
    expect(outcome(half)).toEqual([`not_json: ${half}`]);
    expect(outcome('{"a":1')).toEqual(['not_json: {"a":1']);
  });

  it('is one rejection where an array does not parse, or is empty', () => {
    expect(outcome('[{"a":1},{"a":2}')).toEqual(['not_json: [{"a":1},{"a":2}']);
    expect(outcome('[1] [2]')).toEqual(['not_json: [1] [2]']);
    expect(outcome('[NaN]')).toEqual(['not_json: [NaN]']);
    expect(onlyRejection('[]')).toMatchObject({
      reason: 'not_json',
      detail: expect.stringContaining('empty array'),
    });
  });

  it('is one rejection where there is nothing', () => {
    for (const nothing of ['', ' \n\t\r\n ', BOM, gzipSync(''), gzipSync('\n')]) {
      expect(onlyRejection(nothing)).toMatchObject({
        reason: 'not_json',
        detail: expect.stringContaining('empty'),
      });
    }
  });
});

describe('a record of bytes', () => {
  it('is told apart as no UTF-8, and named where the format is known', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    expect(onlyRejection(bytes)).toMatchObject({ reason: 'not_utf8', payload: bytes });
    expect(onlyRejection(Buffer.from(`${BOM}{"a":1}`, 'utf16le')).detail).toContain('UTF-16');
    expect(onlyRejection(Buffer.from(`${BOM}{"a":1}`, 'utf16le').swap16()).detail).toContain('UTF-16');
  });

  it('keeps the bytes as they came where gzip holds no UTF-8', () => {
    const record = gzipSync(Buffer.from([0xff, 0xff]));
    expect(onlyRejection(record)).toMatchObject({ reason: 'not_utf8', payload: record });
  });

  it('is rejected when its gzip is damaged, cut off, or twice', () => {
    const record = gzipSync('{"a":1}');
    for (const cut of [2, 10, record.length - 1]) {
      expect(onlyRejection(record.subarray(0, cut)).reason).toBe('bad_compression');
    }
    const flipped = Buffer.from(record);
    flipped.writeUInt8(flipped.readUInt8(record.length - 6) ^ 1, record.length - 6);
    expect(onlyRejection(flipped).reason).toBe('bad_compression');
    expect(onlyRejection(Buffer.concat([record, Buffer.from('tail')])).reason).toBe('bad_compression');
    const twice = gzipSync(record);
    expect(onlyRejection(twice)).toMatchObject({
      reason: 'bad_compression',
      detail: expect.stringContaining('twice'),
      payload: twice,
    });
  });

  it('may be gzip of several members, as concatenated files are', () => {
    expect(outcome(Buffer.concat([gzipSync(`{"a":"${'x'.repeat(5000)}"}\n`), gzipSync('{"b":2}')]))).toEqual([
      { a: 'x'.repeat(5000) },
      { b: 2 },
    ]);
  });
});
