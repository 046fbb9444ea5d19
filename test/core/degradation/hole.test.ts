import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import { decodeHole, encodeHole, type HoleContent, type Mark } from '#core/degradation/hole.ts';
import { rawDeflate } from '../raw-deflate.ts';

const content: fc.Arbitrary<HoleContent> = fc
  .record({
    aggregates: fc.array(
      fc.record({ name: fc.string(), generation: fc.string(), leftOut: fc.array(fc.string()) }),
      { maxLength: 3 },
    ),
    recordEvents: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 }),
    marks: fc.array(fc.constantFrom<Mark>(0, 1, 2), { minLength: 180, maxLength: 180 }),
  })
  .map(({ marks, ...rest }) => {
    const events = rest.recordEvents.reduce((sum, count) => sum + count, 0);
    return { ...rest, marks: marks.slice(0, events) };
  });

describe('a hole', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(content, (hole) => {
        expect(decodeHole(encodeHole(hole, rawDeflate), rawDeflate)).toEqual(hole);
      }),
    );
  });

  test('takes few bytes: a record of one event each, all reduced', () => {
    const events = 10_000;
    const hole = encodeHole(
      {
        aggregates: [{ name: 'delays_by_origin', generation: '0k9315brb0py7', leftOut: ['p95', 'worst'] }],
        recordEvents: Array<number>(events).fill(1),
        marks: Array<Mark>(events).fill(1),
      },
      rawDeflate,
    );
    expect(hole.length).toBeLessThan(100);
  });

  test('of version 1 is still read', () => {
    const golden =
      '0163124849cd49ac2c8e4faa8ccf2fca4ccfcce335c8b63436344d2a4a3228a83467622eb034652dcf2f2a2ee148aa8c2fca2f2d49e5354456c1c0ccc4c8c8ccc8e4290900';
    const stored = Uint8Array.from(golden.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    expect(decodeHole(stored, rawDeflate)).toEqual({
      aggregates: [
        { name: 'delays_by_origin', generation: '0k9315brb0py7', leftOut: ['p95', 'worst'] },
        { name: 'by_route', generation: '1k9315brb0py7', leftOut: [] },
      ],
      recordEvents: [1, 1, 3, 2],
      marks: [1, 2, 0, 1, 1, 2, 1],
    });
  });

  test('that is damaged, or foreign, is never taken for one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const { marks, recordEvents } = decodeHole(bytes, rawDeflate);
          expect(recordEvents.reduce((sum, count) => sum + count, 0)).toBe(marks.length);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptError);
        }
      }),
    );
    expect(() => decodeHole(Uint8Array.of(2, 0), rawDeflate)).toThrow('deploy that code');
  });
});
