import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import { RECORD_LIMITS } from '#core/records/limits.ts';
import { toPackableEvent } from '#core/records/packable-event.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import { canonical, jsonEvent, packable, packTools } from './events.ts';

const HEADER = [0xc7, 0x57, 0x52, 1];

/** A record of any content, as a foreign hand may write it. */
function recordOf(columns: unknown): Uint8Array {
  const json = typeof columns === 'string' ? columns : JSON.stringify(columns);
  return Buffer.concat([Buffer.from(HEADER), gzipSync(json)]);
}

function valuesOf(record: Uint8Array): unknown[] {
  return decodeRecord(record, recordTools).map((event) => {
    if (!event.ok) throw new Error(event.rejection.detail);
    return event.value;
  });
}

function rejectionOf(record: Uint8Array) {
  const events = decodeRecord(record, recordTools);
  expect(events).toHaveLength(1);
  const [event] = events;
  if (event === undefined || event.ok) throw new Error('expected a rejection');
  expect(event.payload).toBe(record);
  return event.rejection;
}

/** The format read once more, as its description says it and in no other way. */
function readNaively(record: Uint8Array): unknown[] {
  const { n, f, c, a } = JSON.parse(gunzipSync(record.subarray(4)).toString());
  const entries: [string, unknown][][] = Array.from({ length: n }, () => []);
  for (const [column, name] of f.entries()) {
    const present: boolean[] = a[column].flatMap((length: number, run: number) =>
      Array(length).fill(run % 2 === 0),
    );
    let next = 0;
    for (const [row, fields] of entries.entries()) {
      if (present[row] ?? true) fields.push([name, c[column][next++]]);
    }
  }
  return entries.map((fields) => Object.fromEntries(fields));
}

describe('packed columns', () => {
  it('carry any JSON objects unchanged', () => {
    fc.assert(
      fc.property(fc.array(jsonEvent, { minLength: 1, maxLength: 12 }), (events) => {
        const record = encodePackedColumns(events.map(packable), packTools);
        const expected = events.map((event) => canonical(JSON.parse(JSON.stringify(event))));
        expect(valuesOf(record).map(canonical)).toEqual(expected);
        expect(readNaively(record).map(canonical)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('are written as documented', () => {
    const events = [{ delay: 5 }, { delay: null, origin: 'SFO' }].map(packable);
    const record = encodePackedColumns(events, packTools);
    expect([...record.subarray(0, 4)]).toEqual(HEADER);
    expect(gunzipSync(record.subarray(4)).toString()).toBe(
      '{"n":2,"f":["delay","origin"],"c":[[5,null],["SFO"]],"a":[[],[0,1]]}',
    );
  });

  it('of version 1 stay readable', () => {
    const stored =
      'x1dSAR+LCAAAAAAAAAMVyqsKgEAURdF/2fmkgSnTLBYFg0W43CC+EIYRBIOI/y6uvB4KKYqVZMxLHm/Ece7bXnAxkcyiypWzgoKiy+jrDtFWA6KrGtzF+EeXBQX39wMLuz2PVgAAAA==';
    expect(valuesOf(Buffer.from(stored, 'base64'))).toEqual([
      { delay: 5, origin: 'SFO' },
      { delay: null, origin: 'LAX' },
      { delay: 2 },
      { delay: 2 },
      { origin: 'OAK', delay: 5 },
    ]);
  });

  it('keep a field that is absent apart from one that is null', () => {
    const events = [{}, { a: null }, { b: 1 }, {}, { a: undefined, b: null }, { a: 0, b: 0 }];
    const [first, second, third, fourth, fifth, sixth] = valuesOf(
      encodePackedColumns(events.map(packable), packTools),
    );
    expect(first).toStrictEqual({});
    expect(second).toStrictEqual({ a: null });
    expect(third).toStrictEqual({ b: 1 });
    expect(fourth).toStrictEqual({});
    expect(fifth).toStrictEqual({ b: null });
    expect(sixth).toStrictEqual({ a: 0, b: 0 });
  });

  it('set no prototype, whatever a field is called', () => {
    const record = recordOf({
      n: 2,
      f: ['__proto__', 'constructor', 'toString', ''],
      c: [[{ polluted: 1 }, { polluted: 1 }], [{ prototype: { polluted: 1 } }], ['text', 2], [0, 1]],
      a: [[], [1, 1], [], []],
    });
    for (const value of valuesOf(record)) {
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(Object.keys(value as object)).toContain('__proto__');
    }
    expect('polluted' in {}).toBe(false);
  });

  it('can be packed again from what was unpacked', () => {
    const event = JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":null}}');
    const once = encodePackedColumns([packable(event)], packTools);
    const again = encodePackedColumns(valuesOf(once).map(packable), packTools);
    expect(valuesOf(again).map(canonical)).toEqual(['{"__proto__":{"polluted":1},"a":{"__proto__":null}}']);
  });

  it('are rejected whole, as bytes, when they are not what an encoder writes', () => {
    const good = { n: 3, f: ['x', 'y'], c: [[1, 2, 3], ['s']], a: [[], [0, 1, 1, 1]] };
    expect(valuesOf(recordOf(good))).toEqual([{ x: 1 }, { x: 2, y: 's' }, { x: 3 }]);
    const wrong: Record<string, unknown> = {
      'no object': [1],
      nothing: null,
      'no count': { ...good, n: undefined },
      'count 0': { n: 0, f: [], c: [], a: [] },
      'count of half an event': { ...good, n: 2.5 },
      'negative count': { ...good, n: -1 },
      'count is text': { ...good, n: '3' },
      'no fields': { ...good, f: undefined },
      'too few columns': { ...good, c: [[1, 2, 3]] },
      'too few run lists': { ...good, a: [[]] },
      'too few names': { ...good, f: ['x'] },
      'a name twice': { ...good, f: ['x', 'x'] },
      'a name that is no text': { ...good, f: ['x', 5] },
      'a column that is no list': { ...good, c: [[1, 2, 3], 's'] },
      'runs that are no list': { ...good, a: [[], { length: 0 }] },
      'too many values': { ...good, c: [[1, 2, 3, 4], ['s']] },
      'too few values': { ...good, c: [[1, 2], ['s']] },
      'runs beyond the last event': { ...good, a: [[], [0, 1, 1, 5]] },
      'a run of present ones beyond the last event': {
        ...good,
        c: [
          [1, 2, 3],
          ['s', 't'],
        ],
        a: [[], [5, 1]],
      },
      'half a pair of runs': { ...good, a: [[], [0, 1, 1]] },
      'a negative run': { ...good, a: [[], [3, -1, 1, 3]] },
      'an empty run': { ...good, a: [[], [0, 1, 1, 1, 0, 0]] },
      'a run of text': { ...good, a: [[], ['0', 1, 1, 1]] },
      'a run of half an event': { ...good, a: [[], [0, 1.5, 1, 0.5]] },
    };
    for (const [what, columns] of Object.entries(wrong)) {
      expect([what, rejectionOf(recordOf(columns)).reason]).toEqual([what, 'bad_compression']);
    }
  });

  it('are rejected whole when their bytes are damaged', () => {
    const record = recordOf({ n: 1, f: ['x'], c: [['some text']], a: [[]] });
    expect(rejectionOf(record.subarray(0, record.length - 5)).reason).toBe('bad_compression');
    expect(rejectionOf(record.subarray(0, 4)).reason).toBe('bad_compression');
    expect(rejectionOf(record.subarray(0, 3)).detail).toContain('cut off');
    expect(rejectionOf(recordOf('{"n":1,"f":["x"')).reason).toBe('not_json');
    expect(rejectionOf(Buffer.concat([Buffer.from(HEADER), gzipSync(Buffer.from([0xff]))])).detail).toContain(
      'UTF-8',
    );
  });

  it('of another version are rejected with what to do', () => {
    const { reason, detail } = rejectionOf(Buffer.from([0xc7, 0x57, 0x52, 2, 0x1f, 0x8b]));
    expect(reason).toBe('bad_compression');
    expect(detail).toContain('version 2');
  });

  it('are rejected beyond the caps of events, nesting and size', () => {
    const most = RECORD_LIMITS.eventsMax;
    expect(valuesOf(recordOf({ n: most, f: [], c: [], a: [] }))).toHaveLength(most);
    expect(rejectionOf(recordOf({ n: most + 1, f: [], c: [], a: [] })).reason).toBe('too_large');
    const nested = (levels: number) =>
      `{"n":1,"f":["x"],"c":[[${'['.repeat(levels)}${']'.repeat(levels)}]],"a":[[]]}`;
    expect(valuesOf(recordOf(nested(RECORD_LIMITS.nestingMax - 1)))).toHaveLength(1);
    expect(rejectionOf(recordOf(nested(RECORD_LIMITS.nestingMax))).reason).toBe('too_large');
    expect(rejectionOf(recordOf(nested(500_000))).reason).toBe('too_large');
    expect(rejectionOf(recordOf(`{"n":1${' '.repeat(RECORD_LIMITS.decompressedBytesMax)}}`)).reason).toBe(
      'too_large',
    );
  });
});

describe('an event for packing', () => {
  it('is never smaller in JSON than it claims', () => {
    fc.assert(
      fc.property(jsonEvent, (event) => {
        expect(packable(event).jsonBytesMax).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(event)));
      }),
      { numRuns: 1000 },
    );
    for (const value of [
      -Number.MAX_VALUE,
      5e-324,
      -1.2345678901234567e-300,
      1e21,
      -999,
      -123456789,
      '\ud800\u0001',
    ]) {
      expect(packable({ value }).jsonBytesMax).toBeGreaterThanOrEqual(
        Buffer.byteLength(JSON.stringify({ value })),
      );
    }
  });

  it('is a copy: its producer may use the object again', () => {
    const event = { delay: 1, tags: ['a'] };
    const packed = packable(event);
    event.delay = 2;
    event.tags.push('b');
    expect(packed.fields).toEqual({ delay: 1, tags: ['a'] });
  });

  it('is what JSON.stringify would make of it', () => {
    const event = { at: new Date(0), none: undefined, f: () => 1, deep: { at: new Date(0) }, toJson: 1 };
    const record = encodePackedColumns([packable(event)], packTools);
    expect(valuesOf(record)).toStrictEqual([JSON.parse(JSON.stringify(event))]);
  });

  it('is refused where JSON would change it', () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const odd = [
      { x: Number.NaN },
      { x: -Infinity },
      { x: 5n },
      { x: { y: [Number.NaN] } },
      circular,
      5,
      null,
      [1],
      'a',
    ];
    for (const event of odd) expect(toPackableEvent(event)).toBeUndefined();
  });
});
