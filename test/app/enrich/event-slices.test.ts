import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlacedEvent } from '#app/aggregate/record-cursor.ts';
import { eventSlices } from '#app/enrich/event-slices.ts';
import { recordOf } from '../../support/shard-world.ts';

const PLAIN = '{';
const PACKED = '\u001f\u008b';

/** The events of records, of which each has so many and so many bytes, and begins like this. */
function* eventsOf(records: readonly (readonly [events: number, bytes: number, begins: string])[]) {
  for (const [at, [events, bytes, begins]] of records.entries()) {
    const record = recordOf(at + 1, begins + ' '.repeat(bytes - begins.length));
    for (let index = 0; index < events; index++) {
      const decoded = { ok: true, value: `${at}.${index}` } as const;
      yield { record, index, isLast: index === events - 1, decoded } satisfies PlacedEvent;
    }
  }
}

const lengths = (events: Iterable<PlacedEvent>, most = Number.POSITIVE_INFINITY) =>
  [...eventSlices(events, most)].map(({ length }) => length);

describe('slices', () => {
  test('have up to 2,000 events, of many records or of a part of one', () => {
    expect(lengths(eventsOf(Array.from({ length: 4500 }, () => [1, 200, PLAIN] as const)))).toEqual([
      2000, 2000, 500,
    ]);
    expect(lengths(eventsOf([[4500, 200, PACKED]]))).toEqual([2000, 2000, 500]);
    expect(lengths(eventsOf([]))).toEqual([]);
  });

  test('end with a record that is packed: in memory, it may be a thousand times as large', () => {
    expect(
      lengths(
        eventsOf([
          [3, 100, PACKED],
          [2, 100, PLAIN],
          [1, 100, PACKED],
          [1, 100, '['],
        ]),
      ),
    ).toEqual([3, 3, 1]);
  });

  test('end where their plain records have a MiB', () => {
    expect(lengths(eventsOf(Array.from({ length: 5 }, () => [1, 600 * 1024, PLAIN] as const)))).toEqual([
      2, 2, 1,
    ]);
  });

  test('have no more events in all than are wanted, and look at no event beyond', () => {
    let seen = 0;
    const counting = function* () {
      for (const event of eventsOf([
        [3, 100, PLAIN],
        [9, 100, PACKED],
      ])) {
        seen += 1;
        yield event;
      }
    };
    expect(lengths(counting(), 5)).toEqual([5]);
    expect(seen).toBe(5);
    expect(lengths(counting(), 1)).toEqual([1]);
    expect(seen).toBe(6);
  });

  test('are all events, in their order, whatever the records', () => {
    const record = fc.tuple(
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 2, max: 700_000 }),
      fc.constantFrom(PLAIN, '[', PACKED),
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), (records) => {
        const all = [...eventsOf(records)];
        const slices = [...eventSlices(all, Number.POSITIVE_INFINITY)];
        expect(slices.flat()).toEqual(all);
        for (const slice of slices) expect(slice.length).toBeLessThanOrEqual(2000);
      }),
      { numRuns: 20 },
    );
  });
});
