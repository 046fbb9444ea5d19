import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { GroupKey } from '#core/brand.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import type { Compression } from '#core/compression.ts';
import { GroupTable } from '#core/group-table.ts';
import { noCompression, rawDeflate } from './raw-deflate.ts';
import { answers, tableOf, testEvents } from './tables.ts';

const RAW = 0x80;

/** Decodes bytes that may hold anything: a table, or `undefined` where they were refused as they should be. */
function decodeForeign(bytes: Uint8Array): GroupTable | undefined {
  try {
    return decodeGroups(bytes, rawDeflate);
  } catch (error) {
    expect(error).toBeInstanceOf(CorruptError);
    return undefined;
  }
}

describe('encodeGroups and decodeGroups', () => {
  test('give back the table, its layout included, and then the same bytes', () => {
    fc.assert(
      fc.property(testEvents, fc.constantFrom(rawDeflate, noCompression), (events, compression) => {
        const table = tableOf(events);
        const bytes = encodeGroups(table, compression);
        const decoded = decodeGroups(bytes, compression);
        expect(decoded.layout).toEqual(table.layout);
        expect(answers(decoded)).toEqual(answers(table));
        expect([...decoded.keys()]).toEqual([...table.keys()].sort());
        expect(encodeGroups(decoded, compression)).toEqual(bytes);
      }),
      { numRuns: 200 },
    );
  });

  test('a decoded table can be added to and merged', () => {
    fc.assert(
      fc.property(testEvents, testEvents, (a, b) => {
        const stored = decodeGroups(encodeGroups(tableOf(a), rawDeflate), rawDeflate);
        stored.mergeFrom(decodeGroups(encodeGroups(tableOf(b), rawDeflate), rawDeflate));
        expect(answers(stored)).toEqual(answers(tableOf([...a, ...b])));
      }),
    );
  });

  test('what deflating does not make smaller is stored raw', () => {
    const small = GroupTable.empty([]);
    expect([...encodeGroups(small, rawDeflate)]).toEqual([1 | RAW, 0, 0]);
    const large = tableOf([]);
    for (let i = 0; i < 200; i++) large.row(`group ${i}` as GroupKey);
    const bytes = encodeGroups(large, rawDeflate);
    expect(bytes[0]).toBe(1);
    expect(bytes.length).toBeLessThan(encodeGroups(large, noCompression).length / 4);
  });
});

describe('what can not be read', () => {
  const bytes = encodeGroups(tableOf([{ group: ['ATL'], inputs: [1, 2, 3, 4, 5, 6, 7] }]), rawDeflate);

  test('a version of newer code', () => {
    for (const flag of [0, RAW]) {
      expect(() => decodeGroups(Uint8Array.of(3 | flag, ...bytes.slice(1)), rawDeflate)).toThrow(
        'corrupt data: expected a block of version 1 or 2 at offset 0, found version 3, which newer code wrote: deploy that code',
      );
    }
    expect(() => decodeGroups(Uint8Array.of(0), rawDeflate)).toThrow(CorruptError);
  });

  test('no bytes, too few, too many', () => {
    const raw = encodeGroups(tableOf([{ group: ['ATL'], inputs: [1, 0.5, 3, 4, 5, 6, 7] }]), noCompression);
    for (let length = 0; length < raw.length; length++) {
      expect(() => decodeGroups(raw.slice(0, length), rawDeflate)).toThrow(CorruptError);
    }
    expect(() => decodeGroups(Uint8Array.of(...raw, 0), rawDeflate)).toThrow(CorruptError);
  });

  test('few bytes that inflate to very many', () => {
    const zeros = rawDeflate.deflate(new Uint8Array(17 * 1024 * 1024));
    expect(() => decodeGroups(Uint8Array.of(1, ...zeros), rawDeflate)).toThrow(
      'corrupt data: expected deflated bytes at offset 1, found more than 16777216 bytes',
    );
  });

  test('what the compressor throws is the cause', () => {
    const cause = new Error('damaged');
    const broken: Compression = {
      ...noCompression,
      inflate: () => {
        throw cause;
      },
    };
    expect(() => decodeGroups(Uint8Array.of(1), broken)).toThrow(
      expect.objectContaining({ name: 'CorruptError', cause }),
    );
  });

  test('a kind of metric that this code does not know', () => {
    const table = encodeGroups(GroupTable.empty([{ name: 'x', kind: 'mean' }]), noCompression);
    const text = [...table]
      .map((byte) => String.fromCharCode(byte))
      .join('')
      .replace('mean', 'mode');
    const foreign = Uint8Array.from(text, (char) => char.charCodeAt(0));
    expect(() => decodeGroups(foreign, rawDeflate)).toThrow(
      'expected a kind of metric that this code knows at offset 8',
    );
  });

  test('random bytes', () => {
    const header = fc.constantFrom(1, 1 | RAW, 1 | RAW, 0, 7);
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 80 }), (first, rest) => {
        const size = decodeForeign(Uint8Array.of(first, ...rest))?.size ?? 0;
        expect(size).toBeLessThanOrEqual(80);
      }),
      { numRuns: 2000 },
    );
  });

  test('mutated bytes are refused, or are a table that can be answered from and stored', () => {
    const mutation = fc.record({
      at: fc.nat(),
      cut: fc.nat({ max: 3 }),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 3 }),
        fc.constant(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f)),
      ),
    });
    let survived = 0;
    fc.assert(
      fc.property(
        testEvents,
        fc.constantFrom(noCompression, noCompression, rawDeflate),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (events, compression, mutations) => {
          const foreign = [...encodeGroups(tableOf(events), compression)];
          for (const { at, cut, put } of mutations) foreign.splice(at % foreign.length, cut, ...put);
          const table = decodeForeign(Uint8Array.from(foreign));
          if (table === undefined) return;
          survived += 1;
          const before = answers(table);
          const again = decodeGroups(encodeGroups(table, rawDeflate), rawDeflate);
          expect(answers(again)).toEqual(before);
          table.mergeFrom(again);
        },
      ),
      { numRuns: 1500 },
    );
    expect(survived).toBeGreaterThan(0);
  });
});
