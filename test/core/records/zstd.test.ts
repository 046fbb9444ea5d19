import zlib, { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordTools, unzstdBy } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { RecordTools } from '#core/records/decoded-event.ts';
import { RECORD_LIMITS } from '#core/records/limits.ts';
import { zstdFrames } from '#core/records/zstd-frames.ts';
import { kplRecord } from './kpl-record.ts';

function frame(base64: string, content: string | Uint8Array) {
  return { bytes: Buffer.from(base64, 'base64'), content: Buffer.from(content) };
}

/** Made by Node 24.21: the content's size in the header; a checksum and no size; two blocks. */
const SIZED = frame(
  'KLUv/SA4LQEA6HsiZmxpZ2h0IjoxLCJvcmlnaW4iOiJTRk8ifQoyAgBgCh6eTg==',
  '{"flight":1,"origin":"SFO"}\n{"flight":2,"origin":"SFO"}\n',
);
const UNSIZED = frame('KLUv/QQAaQAAeyJmbGlnaHQiOjV9CsfxUhE=', '{"flight":5}\n');
const TWO_BLOCKS = frame('KLUv/QBYaAAAeyJmbGlnaHQiOjZ9Ck0AABg3fQoBALBNIA==', '{"flight":6}\n{"flight":7}\n');
/** Made by zstd 1.5.4, with a checksum. */
const BY_CLI = frame('KLUv/SQNaQAAeyJmbGlnaHQiOjN9CrfhL2M=', '{"flight":3}\n');
const BY_CLI_LONG = frame('KLUv/WRYl60AAGh7ImZsaWdodCI6NH0KAQBIGNDnF7dWo8A=', '{"flight":4}\n'.repeat(3000));
const FRAMES = [SIZED, UNSIZED, TWO_BLOCKS, BY_CLI, BY_CLI_LONG];

/** By hand: no content, and a dictionary's id and size that no encoder would write for it. */
const EMPTY = Buffer.from('28b52ffd0000010000', 'hex');
const SKIPPABLE = Buffer.from('5f2a4d1803000000ffffff', 'hex');

/** Frames of 2^17 spaces in a block, over and over; the header says no size, and a window of 2^`windowLog`. */
function spaces(blocks: number, windowLog: number): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (windowLog - 10) * 8]);
  const repeated = Buffer.from([0x02, 0x00, 0x10, 0x20]);
  const last = Buffer.from([0x03, 0x00, 0x10, 0x20]);
  return Buffer.concat([header, ...Array<Buffer>(blocks - 1).fill(repeated), last]);
}

/** A runtime with zstd, of which this knows what the frames above hold. */
const withZstd: RecordTools = {
  ...recordTools,
  unzstd(bytes, maxBytes) {
    if (bytes.length === EMPTY.length) return new Uint8Array();
    const content = FRAMES.find((each) => each.bytes.equals(bytes))?.content;
    if (content === undefined) throw new Error('no frame that is known');
    if (content.length > maxBytes) throw new RangeError('too large');
    return content;
  },
};
const withoutZstd: RecordTools = { ...recordTools, unzstd: undefined };
const hasZstd = 'zstdDecompressSync' in zlib;

function outcome(record: Uint8Array, tools: RecordTools): unknown[] {
  return decodeRecord(record, tools).map((event) =>
    event.ok ? event.value : [event.rejection.reason, event.payload],
  );
}

function onlyRejection(record: Uint8Array, tools: RecordTools) {
  const [event, ...others] = decodeRecord(record, tools);
  expect(others.length).toBe(0);
  if (event === undefined || event.ok) throw new Error('expected a rejection');
  return { ...event.rejection, payload: event.payload };
}

function linesOf(contents: readonly Uint8Array[]): unknown[] {
  const text = Buffer.concat(contents).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('a record in zstd', () => {
  it('is the events of its content where this runtime has zstd, and else a rejection', () => {
    for (const { bytes, content } of FRAMES) {
      expect(outcome(bytes, recordTools)).toEqual(hasZstd ? linesOf([content]) : [['no_zstd', bytes]]);
    }
    expect(recordTools.unzstd !== undefined).toBe(hasZstd);
    expect(unzstdBy(undefined)).toBeUndefined();
  });

  it('is rejected with what to do where the runtime has none, alone among its KPL neighbours', () => {
    const { reason, detail, payload } = onlyRejection(SIZED.bytes, withoutZstd);
    expect({ reason, payload }).toEqual({ reason: 'no_zstd', payload: SIZED.bytes });
    expect(detail).toMatch(/send gzip, or run on Node 22\.15, 23\.8 or later/);
    expect(outcome(kplRecord(['{"a":1}', BY_CLI.bytes, '{"a":2}']), withoutZstd)).toEqual([
      { a: 1 },
      ['no_zstd', BY_CLI.bytes],
      { a: 2 },
    ]);
  });

  it('is all of its frames, of which Node would read the first, past empty and skippable ones', () => {
    const record = [SIZED.bytes, SKIPPABLE, EMPTY, ...FRAMES.map(({ bytes }) => bytes), SKIPPABLE];
    const contents = [SIZED, ...FRAMES].map(({ content }) => content);
    for (const tools of hasZstd ? [withZstd, recordTools] : [withZstd]) {
      expect(outcome(Buffer.concat(record), tools)).toEqual(linesOf(contents));
    }
  });

  it('is rejected where a frame is cut off, or something that is no frame follows', () => {
    const whole = Buffer.concat([TWO_BLOCKS.bytes, BY_CLI.bytes]);
    for (let end = 4; end < whole.length; end++) {
      const cut = whole.subarray(0, end);
      if (end !== TWO_BLOCKS.bytes.length) {
        expect(onlyRejection(cut, withZstd)).toMatchObject({ reason: 'bad_compression', payload: cut });
      }
    }
    for (const tail of ['tail', '\n', SIZED.bytes.subarray(0, 3), SKIPPABLE.subarray(0, 10)]) {
      const record = Buffer.concat([SIZED.bytes, Buffer.from(tail)]);
      expect(onlyRejection(record, withZstd).reason).toBe('bad_compression');
    }
    const reservedBlock = Buffer.from('28b52ffd0000070000', 'hex');
    expect(onlyRejection(reservedBlock, withZstd).reason).toBe('bad_compression');
  });

  it('is told apart into frames, whatever their headers say of dictionaries and sizes', () => {
    const frames = [0, 1, 2, 3].flatMap((dictionary) =>
      [0x00, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0, 0xe0].map((size) => {
        const isSingleSegment = (size & 0x20) !== 0;
        const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][size >> 6] ?? 0;
        const header = (isSingleSegment ? 0 : 1) + ([0, 1, 2, 4][dictionary] ?? 0) + sizeBytes;
        const start = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, size + 4 + dictionary]);
        // A block of 300 bytes as they are, a last one of 7 compressed ones, a checksum.
        const raw = Buffer.concat([Buffer.from([0x60, 0x09, 0x00]), Buffer.alloc(300, 0xff)]);
        const last = Buffer.concat([Buffer.from([0x3d, 0x00, 0x00]), Buffer.alloc(7, 0xff)]);
        return Buffer.concat([start, Buffer.alloc(header, 0xff), raw, last, Buffer.alloc(4, 0xff)]);
      }),
    );
    const found = zstdFrames(Buffer.concat(frames));
    expect(found.map((bytes) => bytes.length)).toEqual(frames.map((bytes) => bytes.length));
  });

  it('is rejected beyond the cap, which holds for all of its frames together', () => {
    const sixMebibytes = spaces(48, 20);
    const room: number[] = [];
    const tools: RecordTools = {
      ...recordTools,
      unzstd: (_, maxBytes) => {
        room.push(maxBytes / 2 ** 20);
        if (maxBytes < 48 * 2 ** 17) throw new RangeError('too large');
        return new Uint8Array(48 * 2 ** 17).fill(0x20);
      },
    };
    expect(onlyRejection(sixMebibytes, tools).reason).toBe('not_json');
    expect(onlyRejection(Buffer.concat([sixMebibytes, sixMebibytes]), tools).reason).toBe('too_large');
    const both = kplRecord([sixMebibytes, sixMebibytes]);
    const { reason, payload } = onlyRejection(both, tools);
    expect(reason).toBe('too_large');
    expect(payload).toBe(both);
    expect(room).toEqual([8, 8, 2, 8, 2]);
  });

  it('is rejected beyond as many frames as events, also over the records of a KPL-aggregated one', () => {
    const half = Buffer.concat(Array<Buffer>(RECORD_LIMITS.eventsMax / 2).fill(EMPTY));
    expect(onlyRejection(Buffer.concat([half, half]), withZstd).reason).toBe('not_json');
    expect(onlyRejection(Buffer.concat([half, half, EMPTY]), withZstd).reason).toBe('too_large');
    const most = kplRecord([half, half]);
    expect(decodeRecord(most, withZstd)).toHaveLength(2);
    const tooMany = kplRecord([half, Buffer.concat([half, EMPTY, EMPTY])]);
    let frames = 0;
    const counting: RecordTools = {
      ...recordTools,
      unzstd: () => {
        frames++;
        return new Uint8Array();
      },
    };
    const { reason, payload } = onlyRejection(tooMany, counting);
    expect(reason).toBe('too_large');
    expect(payload).toBe(tooMany);
    expect(frames).toBe(RECORD_LIMITS.eventsMax);
  });

  it('is events or a rejection, whatever its bytes', () => {
    const whole = Buffer.concat([...FRAMES.map(({ bytes }) => bytes), SKIPPABLE, EMPTY]);
    const edit = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
    const tools: RecordTools = { ...recordTools, unzstd: (bytes) => bytes.subarray(bytes.length / 2) };
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.nat(whole.length), (edits, cut) => {
        const record = Buffer.from(whole);
        for (const { at, byte } of edits) if (at > 3) record[at] = byte;
        for (const bytes of [record, Buffer.concat([record.subarray(0, 4), record.subarray(cut)])]) {
          expect(decodeRecord(bytes, tools).length).toBeGreaterThan(0);
          expect(decodeRecord(bytes, recordTools).length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is rejected when it is compressed twice', () => {
    const tools: RecordTools = { ...recordTools, unzstd: () => gzipSync('{"a":1}') };
    expect(onlyRejection(SIZED.bytes, tools).detail).toContain('twice');
    const other: RecordTools = { ...recordTools, gunzip: () => SIZED.bytes };
    expect(onlyRejection(gzipSync(''), other).detail).toContain('twice');
  });
});

describe('zstd by node:zlib', () => {
  it('is given the cap, and a window that RFC 8878 asks of every decoder', () => {
    const calls: unknown[] = [];
    const unzstd = unzstdBy((bytes, options) => {
      calls.push(options);
      return bytes;
    });
    unzstd?.(EMPTY, 1000);
    expect(calls).toEqual([{ maxOutputLength: 1000, params: { 100: 23 } }]);
  });

  it('takes too large a window for too large a result, and leaves other errors as they are', () => {
    const failing = (code: string) => () => {
      throw Object.assign(new Error(code), { code });
    };
    const bytes = EMPTY;
    expect(() => unzstdBy(failing('ZSTD_error_frameParameter_windowTooLarge'))?.(bytes, 1)).toThrow(
      RangeError,
    );
    expect(() => unzstdBy(failing('Z_BUF_ERROR'))?.(bytes, 1)).not.toThrow(RangeError);
    expect(() => unzstdBy(failing('Z_BUF_ERROR'))?.(bytes, 1)).toThrow('Z_BUF_ERROR');
  });

  it('is rejected at the cap of its size, without room being made for the rest, where this runtime has it', () => {
    const before = process.memoryUsage().arrayBuffers;
    const wanted = hasZstd ? 'too_large' : 'no_zstd';
    expect(onlyRejection(spaces(8000, 23), recordTools).reason).toBe(wanted);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * RECORD_LIMITS.decompressedBytesMax);
    expect(onlyRejection(spaces(65, 23), recordTools).reason).toBe(wanted);
    expect(onlyRejection(spaces(1, 27), recordTools).reason).toBe(wanted);
    expect(onlyRejection(spaces(64, 23), recordTools).reason).toBe(hasZstd ? 'not_json' : 'no_zstd');
  });
});
