import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { canaryEvents, encodeCanary, isCanaryRecord } from '#core/records/canary-record.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import { packable, packTools } from './events.ts';

describe('a packed record with an id', () => {
  const packed = (count: number, id?: string) =>
    encodePackedColumns(
      Array.from({ length: count }, (_, n) => packable({ n })),
      packTools,
      id,
    );
  const withId = (i: unknown) =>
    Uint8Array.of(
      ...[0xc7, 0x57, 0x52, 1],
      ...gzipSync(JSON.stringify({ n: 1, f: ['a'], c: [[1]], a: [[]], i })),
    );

  test('gives it to each of its events, and tells the last', () => {
    expect(decodeRecord(packed(3, 'r'), recordTools)).toEqual([
      { ok: true, value: { n: 0 }, whole: { id: 'r', isLast: false } },
      { ok: true, value: { n: 1 }, whole: { id: 'r', isLast: false } },
      { ok: true, value: { n: 2 }, whole: { id: 'r', isLast: true } },
    ]);
    expect(decodeRecord(packed(1, 'r'), recordTools)).toEqual([
      { ok: true, value: { n: 0 }, whole: { id: 'r', isLast: true } },
    ]);
    expect(decodeRecord(packed(1), recordTools)).toEqual([{ ok: true, value: { n: 0 } }]);
  });

  test('is read where the id has 1 to 64 characters, and else rejected', () => {
    for (const id of ['r', 'r'.repeat(64)])
      expect(decodeRecord(withId(id), recordTools)).toMatchObject([{ ok: true, whole: { id } }]);
    for (const id of ['', 'r'.repeat(65), 5, null, ['r']])
      expect(decodeRecord(withId(id), recordTools)).toMatchObject([
        { ok: false, rejection: { detail: 'packed record: expected an id i of 1 to 64 characters' } },
      ]);
  });
});

describe('a canary', () => {
  test('is one event without a value, which says what it is', () => {
    const event = { ok: true, value: undefined, isCanary: true };
    expect(canaryEvents()).toEqual([event]);
    expect(decodeRecord(encodeCanary(), recordTools)).toEqual([event]);
  });

  test('is those bytes and no others', () => {
    const bytes = encodeCanary();
    expect(isCanaryRecord(bytes)).toBe(true);
    expect(isCanaryRecord(Uint8Array.of(...bytes, 0))).toBe(false);
    expect(isCanaryRecord(bytes.subarray(1))).toBe(false);
    for (const at of bytes.keys())
      expect(isCanaryRecord(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)))).toBe(false);
    expect(decodeRecord(bytes.subarray(0, -1), recordTools)).toMatchObject([{ ok: false }]);
  });
});
