import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SequenceNumber } from '#core/brand.ts';
import { BEFORE_ALL, compareSequence, countedEvents, parseSequence } from '#core/protocol/position.ts';

/** 1 to 129 digits, of every length alike; with neighbours and long common beginnings, which random ones have not. */
const digits = fc
  .tuple(
    fc.integer({ min: 1, max: 129 }),
    fc.stringMatching(/^[1-9]\d{0,3}$/),
    fc.constantFrom('0', '9', '5'),
  )
  .map(([length, start, fill]) => start.slice(0, length).padEnd(length, fill));
const sequence = fc.oneof(
  digits,
  digits.map((text) => String(BigInt(text) + 1n)).filter((text) => text.length <= 129),
  digits.map((text) => String(BigInt(text) - 1n)),
  fc.constantFrom('0', '1', '9007199254740993', '9007199254740992'),
);

/** Two sequence numbers, often of one length, and often the same or next to each other. */
const twoSequences = fc.oneof(
  fc.tuple(sequence, sequence),
  sequence.map((text) => [text, text] as const),
  sequence.chain((text) =>
    fc.tuple(
      fc.constant(text),
      fc.stringMatching(/^[1-9]\d{0,5}$/).map((end) => end.slice(-text.length).padStart(text.length, text)),
    ),
  ),
);

describe('sequence numbers', () => {
  test('are ordered as the whole numbers that they are', () => {
    fc.assert(
      fc.property(twoSequences, ([a, b]) => {
        const order = compareSequence(parseSequence(a), parseSequence(b));
        expect(Math.sign(order)).toBe(BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0);
      }),
      { numRuns: 500 },
    );
  });

  test('may have leading zeros, as some sources pad them', () => {
    fc.assert(
      fc.property(sequence, fc.integer({ min: 0, max: 20 }), (text, zeros) => {
        expect(parseSequence('0'.repeat(zeros) + text)).toBe(text);
      }),
    );
    expect(parseSequence('000')).toBe('0');
  });

  test.each([
    [''],
    ['-1'],
    ['1.5'],
    ['1e5'],
    ['0x10'],
    [' 1'],
    ['1\n'],
    ['१'],
    ['LATEST'],
    ['9'.repeat(130)],
    [`${'0'.repeat(200)}x`],
  ])('are not text like number %#: nothing could be ordered by it', (text) => {
    expect(() => parseSequence(text)).toThrow(/no Kinesis sequence number: /);
  });
});

test('sequence numbers of one length are ordered as text, others by their length', () => {
  const order = (a: string, b: string) => Math.sign(compareSequence(parseSequence(a), parseSequence(b)));
  expect([
    order('10', '9'),
    order('9', '10'),
    order('19', '20'),
    order('20', '19'),
    order('20', '20'),
  ]).toEqual([1, -1, -1, 1, 0]);
});

test('what is no sequence number is told in part where it is long', () => {
  expect(() => parseSequence('x'.repeat(1_000_000))).toThrow(
    new TypeError(`no Kinesis sequence number: "${'x'.repeat(140)}"`),
  );
});

describe('a position', () => {
  test('has counted whole what is before it, nothing of what is behind it, and a part of its own record', () => {
    fc.assert(
      fc.property(twoSequences, fc.option(fc.nat()), ([at, text], events) => {
        const counted = countedEvents({ sequence: parseSequence(at), events }, parseSequence(text));
        if (BigInt(text) < BigInt(at)) expect(counted).toBeNull();
        else if (BigInt(text) > BigInt(at)) expect(counted).toBe(0);
        else expect(counted).toBe(events);
      }),
    );
  });

  test('before all records has counted none, not even one of number 0', () => {
    fc.assert(fc.property(sequence, (text) => countedEvents(BEFORE_ALL, text as SequenceNumber) === 0));
    expect(countedEvents(BEFORE_ALL, parseSequence('0'))).toBe(0);
  });
});
