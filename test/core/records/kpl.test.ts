import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { RecordCursor } from '#app/aggregate/record-cursor.ts';
import type { EpochMs } from '#core/brand.ts';
import { parseSequence } from '#core/protocol/position.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { RecordTools } from '#core/records/decoded-event.ts';
import { RECORD_LIMITS } from '#core/records/limits.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import { packable, packTools } from './events.ts';
import { field, kplRecord, recordField, sealed, varint } from './kpl-record.ts';

/** By aws-kinesis-agg 4.2.8 for Node. */
const BY_NODE = Buffer.from(
  '84mawgoDcC0xCgjQutC70Y7RhwoDcC0zEgEwEicxNzAxNDExODM0NjA0NjkyMzE3MzE2ODczMDM3MTU4ODQxMDU3MjgaHwgAGht7ImZsaWdodCI6MSwib3JpZ2luIjoiU0ZPIn0aIAgBEAAaGnsiZmxpZ2h0IjoyfQp7ImZsaWdodCI6M30KGioIABomH4sIAAAAAAAAA4uuVkrLyUzPKFGyMqnVQXBMa2MBYNBzYRsAAAAaDggCGgp7ImZsaWdodCI6GsgBCAAQARrBAXsiZmxpZ2h0Ijo2LCJkZWxheXMiOlswLDEsMiwzLDQsNSw2LDcsOCw5LDEwLDExLDEyLDEzLDE0LDE1LDE2LDE3LDE4LDE5LDIwLDIxLDIyLDIzLDI0LDI1LDI2LDI3LDI4LDI5LDMwLDMxLDMyLDMzLDM0LDM1LDM2LDM3LDM4LDM5LDQwLDQxLDQyLDQzLDQ0LDQ1LDQ2LDQ3LDQ4LDQ5LDUwLDUxLDUyLDUzLDU0LDU1LDU2LDU3LDU4LDU5XX0ukV108YfOtP4JPu72Oc1K',
  'base64',
);
/** By aws-kinesis-agg 1.2.3 for Python, on Google's protobuf 7.36.2. */
const BY_PYTHON = Buffer.from(
  '84mawgoDcC0xCgNwLTISJzE3MDE0MTE4MzQ2MDQ2OTIzMTczMTY4NzMwMzcxNTg4NDEwNTcyOBofCAAaG3siZmxpZ2h0IjoxLCJvcmlnaW4iOiJTRk8ifRohCAEQABobW3siZmxpZ2h0IjoyfSx7ImZsaWdodCI6M31dGgYIABoC//8aEAgAGgx7ImZsaWdodCI6NH0HLrFPO9PkiJqMUtA6zk/a',
  'base64',
);

/** The events in short: values, and rejections as `reason: payload`. */
function outcome(record: Uint8Array, tools: RecordTools = recordTools): unknown[] {
  return decodeRecord(record, tools).map((event) =>
    event.ok ? event.value : `${event.rejection.reason}: ${String(event.payload)}`,
  );
}

function onlyRejection(record: Uint8Array, tools: RecordTools = recordTools) {
  const [event, ...others] = decodeRecord(record, tools);
  expect(others.length).toBe(0);
  if (event === undefined || event.ok) throw new Error('expected a rejection');
  return { ...event.rejection, payload: event.payload };
}

describe('a KPL-aggregated record', () => {
  it('is the events of its records in order, of every format, as the libraries make it', () => {
    expect(outcome(BY_NODE)).toEqual([
      { flight: 1, origin: 'SFO' },
      { flight: 2 },
      { flight: 3 },
      { flight: 4 },
      { flight: 5 },
      'not_json: {"flight":',
      { flight: 6, delays: Array.from({ length: 60 }, (_, minutes) => minutes) },
    ]);
    expect(outcome(BY_PYTHON)).toEqual([
      { flight: 1, origin: 'SFO' },
      { flight: 2 },
      { flight: 3 },
      expect.stringContaining('not_utf8'),
      { flight: 4 },
    ]);
  });

  it('goes on counting its events from one record in it to the next, so that a commit may cut it anywhere', () => {
    const record = { sequence: parseSequence('7'), arrival: 0 as EpochMs, data: BY_NODE };
    const all = [...new RecordCursor([record], recordTools).eventsBeyond({ ...record, events: 0 })];
    expect(all.map(({ index, isLast }) => [index, isLast])).toEqual(
      Array.from({ length: 7 }, (_, index) => [index, index === 6]),
    );
    const rest = new RecordCursor([record], recordTools).eventsBeyond({ ...record, events: 4 });
    expect([...rest].map(({ index, decoded }) => [index, decoded])).toEqual(
      all.slice(4).map(({ index, decoded }) => [index, decoded]),
    );
  });

  it('may carry packed columns', () => {
    const columns = encodePackedColumns([{ a: 1 }, { a: 2 }].map(packable), packTools);
    expect(outcome(kplRecord(['{"a":0}', columns]))).toEqual([{ a: 0 }, { a: 1 }, { a: 2 }]);
  });

  it('says which of its records has the bad event, and keeps that one alone', () => {
    const bad = decodeRecord(kplRecord(['{"a":1}', '{"a":2}\n\n{"a" 3}', '[]', '']), recordTools).filter(
      (event) => !event.ok,
    );
    expect(bad.map((event) => event.rejection.detail)).toEqual([
      'record 2 of 4: line 3: expected one JSON value, wrong at character 6',
      'record 3 of 4: an empty array: the record holds no event',
      'record 4 of 4: empty: the record holds no event',
    ]);
    expect(bad.map((event) => event.payload)).toEqual(['{"a" 3}', '[]', '']);
  });

  it('is one rejection, bytes and all, when its checksum is wrong or it is cut off', () => {
    for (let at = 4; at < BY_PYTHON.length; at++) {
      const flipped = Buffer.from(BY_PYTHON);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(onlyRejection(flipped)).toMatchObject({ reason: 'bad_kpl', payload: flipped });
      expect(onlyRejection(BY_PYTHON.subarray(0, at)).reason).toBe('bad_kpl');
    }
    expect(onlyRejection(Buffer.concat([BY_PYTHON, Buffer.from('\n')])).detail).toContain('checksum');
    expect(onlyRejection(BY_PYTHON.subarray(0, 19)).detail).toContain('cut off');
  });

  it('is one rejection when its message is no protobuf, though the checksum says so', () => {
    const good = recordField('{"a":1}');
    const wrong: Record<string, Uint8Array> = {
      'a tag that is cut off': Buffer.from([0x80]),
      'a tag of more than ten bytes': Buffer.from([...Array(10).fill(0x80), 1]),
      'a number of more than ten bytes': Buffer.from([0x28, ...Array(10).fill(0x80), 1]),
      'field number 0': Buffer.from([0x02, 0]),
      'a field number beyond 2^29 - 1': Buffer.from([0x82, 0x80, 0x80, 0x80, 0x10, 0]),
      'the start of a group': Buffer.from([0x23]),
      'the end of a group': Buffer.from([0x24]),
      'wire type 7': Buffer.from([0x27]),
      'a length beyond the end': Buffer.from([0x1a, 2, 0]),
      'a length of 2^70': Buffer.from([0x1a, ...Array(9).fill(0xff), 0x7f]),
      'records as numbers': Buffer.from([0x18, 1]),
      'a number that is cut off': Buffer.from([0x28, 0xff]),
      'four bytes that are three': Buffer.from([0x2d, 1, 2, 3]),
      'eight bytes that are seven': Buffer.from([0x29, 1, 2, 3, 4, 5, 6, 7]),
      'a record with a damaged field': field(3, Buffer.from([0x1a, 5, 0x7b])),
      'data as a number': field(3, Buffer.from([0x18, 1])),
    };
    for (const [what, bytes] of Object.entries(wrong)) {
      const { reason, detail } = onlyRejection(sealed(Buffer.concat([good, good, bytes])));
      expect([what, reason]).toEqual([what, 'bad_kpl']);
      expect(detail).toContain('no protobuf after 2 records: expected');
    }
  });

  it('is read past fields that are unknown, numbers in their longest form, keys behind the records', () => {
    const unknown = Buffer.concat([
      Buffer.from([0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
      Buffer.from([0x31, 1, 2, 3, 4, 5, 6, 7, 8]),
      Buffer.from([0x3d, 1, 2, 3, 4]),
      field(0x1fffffff, 'later'),
      field(4, field(3, 'a tag’s')),
    ]);
    const record = field(
      3,
      Buffer.concat([unknown, Buffer.from([0x9a, 0, 0x87, 0]), Buffer.from('{"a":1}')]),
    );
    expect(outcome(sealed(Buffer.concat([unknown, record, field(1, 'key')])))).toEqual([{ a: 1 }]);
    const twice = field(3, Buffer.concat([field(3, '{"a":1}'), field(3, '{"a":2}')]));
    expect(outcome(sealed(twice))).toEqual([{ a: 2 }]);
  });

  it('is one rejection when it holds no record', () => {
    for (const message of [Buffer.alloc(0), field(1, 'key')]) {
      expect(onlyRejection(sealed(message))).toMatchObject({
        reason: 'bad_kpl',
        detail: expect.stringContaining('no record'),
      });
    }
  });

  it('is refused within another one and in gzip, which nobody makes', () => {
    expect(outcome(kplRecord(['{"a":1}', BY_PYTHON, '{"a":2}']))).toEqual([
      { a: 1 },
      expect.stringMatching(/^bad_kpl/),
      { a: 2 },
    ]);
    const compressed = gzipSync(BY_PYTHON);
    expect(onlyRejection(compressed)).toMatchObject({ reason: 'bad_kpl', payload: compressed });
  });

  it('is rejected whole when its records have more events than a record may, or are more', () => {
    const half = '1\n'.repeat(RECORD_LIMITS.eventsMax / 2);
    expect(outcome(kplRecord([half, half]))).toHaveLength(RECORD_LIMITS.eventsMax);
    const tooMany = kplRecord([half, half, '1']);
    expect(onlyRejection(tooMany).reason).toBe('too_large');
    expect(onlyRejection(tooMany).payload).toBe(tooMany);
    const records = Array.from({ length: RECORD_LIMITS.eventsMax }, () => recordField('1'));
    expect(outcome(sealed(Buffer.concat(records)))).toHaveLength(RECORD_LIMITS.eventsMax);
    expect(onlyRejection(sealed(Buffer.concat([...records, recordField('1')])))).toMatchObject({
      reason: 'too_large',
      detail: expect.stringContaining('records'),
    });
  });

  it('is rejected whole when its records together hold more than one may, compressed or not', () => {
    const spaces = Buffer.alloc(RECORD_LIMITS.decompressedBytesMax / 2, ' ');
    const whole = kplRecord([gzipSync(spaces), spaces]);
    expect(outcome(whole).map((event) => String(event).slice(0, 8))).toEqual(['not_json', 'not_json']);
    for (const [first, second] of [
      [gzipSync(spaces), gzipSync(spaces)],
      [gzipSync(spaces), spaces],
      [spaces, spaces],
    ] as const) {
      const record = kplRecord(['{"a":1}', first, second, '{"a":2}']);
      const { reason, payload } = onlyRejection(record);
      expect(reason).toBe('too_large');
      expect(payload).toBe(record);
    }
  });

  it('never has more decompressed than one record may, nor goes on after that', () => {
    const bomb = gzipSync(Buffer.alloc(RECORD_LIMITS.decompressedBytesMax - 1, ' '));
    let asked = 0;
    let bytes = 0;
    const tools: RecordTools = {
      ...recordTools,
      gunzip(compressed, maxBytes) {
        asked++;
        const plain = recordTools.gunzip(compressed, maxBytes);
        bytes += plain.length;
        return plain;
      },
    };
    expect(onlyRejection(kplRecord(Array(100).fill(bomb)), tools).reason).toBe('too_large');
    expect(asked).toBe(2);
    expect(bytes).toBeLessThanOrEqual(RECORD_LIMITS.decompressedBytesMax);
  });

  it('is no record that is shorter than the four bytes, or has others', () => {
    expect(onlyRejection(Buffer.from([0xf3, 0x89, 0x9a])).reason).toBe('not_utf8');
    expect(onlyRejection(Buffer.from([0xf3, 0x89, 0x9a, 0xc3, ...varint(0)])).reason).toBe('not_utf8');
  });
});
