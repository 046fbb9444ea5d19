import { describe, expect, test } from 'vitest';
import { count, DefinitionError, definePipeline, distinct, type Pipeline, sum, tumbling } from 'weir';
import * as z from 'zod';

/*
 * Where a line has `@ts-expect-error`, the compiler is part of the test: `npm run types` fails where it compiles. What it
 * refuses, a caller without types gets as an error at load.
 */

const order = z.object({ at: z.string(), amount: z.number(), isTest: z.boolean() });
type Order = z.infer<typeof order>;

const base = { name: 'orders', schema: order, eventTime: ({ at }: Order) => at } as const;
const window = tumbling('1h');
const essential = {
  by_hour: { groupBy: [], window, metrics: { orders: count({ essential: true }) } },
} as const;
const plain = { by_hour: { groupBy: [], window, metrics: { orders: count() } } } as const;

function problemsOf(make: () => Pipeline): string[] {
  try {
    make();
  } catch (error) {
    if (error instanceof DefinitionError)
      return error.problems.map(({ place, message }) => `${place} ${message}`);
    throw error;
  }
  return [];
}

describe('what may wait under load', () => {
  test('is what a definition says: metrics, and events by their priority', () => {
    const pipeline = definePipeline({
      ...base,
      capacity: { eventsPerSecond: 2000 },
      priority: ({ amount, isTest }) => (isTest || amount < 0 ? 'low' : 'normal'),
      aggregates: {
        by_hour: {
          groupBy: [],
          window,
          metrics: {
            orders: count({ essential: true }),
            turnover: sum('amount', { essential: true, where: ({ amount }: Order) => amount > 0 }),
            amounts: distinct('amount', { essential: false }),
            events: count(),
          },
        },
      },
    });
    const essentials = pipeline.aggregates[0]?.metrics.filter((metric) => metric.essential);
    expect(essentials?.map(({ name }) => name)).toEqual(['orders', 'turnover']);
    expect(pipeline.capacity).toEqual({ eventsPerSecond: 2000 });
    expect(pipeline.priority?.({ at: '', amount: 1, isTest: true } as never)).toBe('low');
  });

  test('a metric that is essential or not is so by true or false', () => {
    const make = () =>
      definePipeline({
        ...base,
        capacity: { eventsPerSecond: 1 },
        aggregates: {
          // @ts-expect-error a word is neither
          by_hour: { groupBy: [], window, metrics: { orders: count({ essential: 'yes' }) } },
        },
      });
    expect(problemsOf(make)[0]).toBe(
      "aggregates.by_hour.metrics.orders.essential is 'yes'; give true or false",
    );
  });

  test('a priority is a function of the event', () => {
    const make = () =>
      definePipeline({
        ...base,
        capacity: { eventsPerSecond: 1 },
        aggregates: plain,
        // @ts-expect-error the same for all events would be none
        priority: 'low',
      });
    expect(problemsOf(make)).toEqual([
      "priority is no function; give one from an event to 'low' or 'normal'",
    ]);
  });

  test('a priority is low or normal, of fields that there are', () => {
    const given = { ...base, capacity: { eventsPerSecond: 1 }, aggregates: plain };
    // @ts-expect-error there is nothing between them, nor beyond
    definePipeline({ ...given, priority: () => 'high' });
    // @ts-expect-error the schema has no such field
    definePipeline({ ...given, priority: ({ shop }) => shop });
    expect.assertions(0);
  });

  test('a capacity is of events or of bytes', () => {
    const given = { ...base, aggregates: essential };
    // @ts-expect-error by no other unit
    const records = () => definePipeline({ ...given, capacity: { recordsPerSecond: 5 } });
    // @ts-expect-error of what, a number does not say
    const number = () => definePipeline({ ...given, capacity: 2000 });
    for (const make of [records, number]) {
      expect(problemsOf(make)[0]).toMatch(
        /^capacity is .*; give \{ eventsPerSecond: 2000 \} or \{ bytesPerSecond: 500_000 \}, of one shard$/,
      );
    }
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1_048_577])(
    'a capacity of %d is refused',
    (each) => {
      const make = () =>
        definePipeline({ ...base, aggregates: essential, capacity: { bytesPerSecond: each } });
      expect(problemsOf(make)[0]).toMatch(
        /^capacity\.bytesPerSecond is .*; give a number above 0, up to 1,048,576, which no shard exceeds$/,
      );
    },
  );

  test('without a capacity nothing would ever wait, and with it alone there is nothing that may', () => {
    const remedy = /^capacity is not declared, and without it nothing is ever left out.*; give \{ events/;
    expect(problemsOf(() => definePipeline({ ...base, aggregates: essential }))[0]).toMatch(remedy);
    const priority = () => 'low' as const;
    expect(problemsOf(() => definePipeline({ ...base, aggregates: plain, priority }))[0]).toMatch(remedy);
    const capacity = { eventsPerSecond: 2000 };
    expect(problemsOf(() => definePipeline({ ...base, aggregates: plain, capacity }))[0]).toMatch(
      /^capacity is declared, but nothing may be left out beyond it; mark metrics .* or give a priority$/,
    );
    expect(problemsOf(() => definePipeline({ ...base, aggregates: plain, capacity, priority }))).toEqual([]);
    expect(problemsOf(() => definePipeline({ ...base, aggregates: plain }))).toEqual([]);
  });
});
