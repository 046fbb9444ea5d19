import { describe, expect, test } from 'vitest';
import { count, definePipeline, sum, tumbling } from 'weir';
import * as z from 'zod';
import { costShare, workMs } from '#core/degradation/event-costs.ts';
import type { Capacity } from '#core/pipeline/pipeline.ts';

const withCapacity = (capacity: unknown) =>
  definePipeline({
    name: 'orders',
    schema: z.object({ at: z.number(), shop: z.string(), amount: z.number() }),
    eventTime: ({ at }) => at,
    capacity: capacity as Capacity,
    aggregates: {
      by_shop: {
        groupBy: ['shop'],
        window: tumbling('1m'),
        metrics: { orders: count({ essential: true }), turnover: sum('amount') },
      },
    },
  });

describe('a declared capacity', () => {
  test.each<[Capacity]>([
    [{ eventsPerSecond: 2000 }],
    [{ bytesPerSecond: 500_000 }],
    [{ eventsPerSecond: 10, reducedCost: 0.3 }],
    [{ heldCost: 0, reducedCost: 1, bytesPerSecond: 1 }],
  ])('%j is kept as it is given', (capacity) => {
    expect(withCapacity(capacity).capacity).toEqual(capacity);
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing to count by', { reducedCost: 0.3 }, /capacity: is .* give \{ eventsPerSecond/],
    ['two of them', { eventsPerSecond: 1, bytesPerSecond: 1 }, /capacity: is/],
    ['one that is none', { eventsPerSecond: 1, cost: 0.5 }, /capacity: is/],
    [
      'a cost beyond the whole',
      { eventsPerSecond: 1, reducedCost: 1.5 },
      /capacity\.reducedCost: is 1\.5; give a number from 0 to 1/,
    ],
    ['a cost that is no number', { eventsPerSecond: 1, heldCost: 'low' }, /capacity\.heldCost: is/],
  ])('with %s is refused, with the remedy', (_what, capacity, message) => {
    expect(() => withCapacity(capacity)).toThrow(message);
  });
});

describe('the time that events take', () => {
  test('is by the capacity, and less for those of which something is left out', () => {
    const capacity = { eventsPerSecond: 100, reducedCost: 0.3, heldCost: 0.1 };
    expect(workMs(capacity, { received: 50, reduced: 0, held: 0 }, 0)).toBe(500);
    expect(workMs(capacity, { received: 100, reduced: 50, held: 20 }, 0)).toBeCloseTo(300 + 150 + 20);
    expect(workMs({ bytesPerSecond: 1000 }, { received: 4, reduced: 4, held: 0 }, 500)).toBe(250);
    expect(workMs(capacity, { received: 0, reduced: 0, held: 0 }, 9)).toBe(0);
  });

  test('is half for reduced events and a quarter for held ones, unless said', () => {
    const capacity = { eventsPerSecond: 1 };
    expect(costShare(capacity, { received: 10, reduced: 10, held: 0 })).toBe(0.5);
    expect(costShare(capacity, { received: 10, reduced: 0, held: 10 })).toBe(0.25);
    expect(costShare(capacity, { received: 0, reduced: 0, held: 0 })).toBe(1);
  });
});
