import { describe, expect, test } from 'vitest';
import { count, DefinitionError, definePipeline, tumbling } from 'weir';
import * as z from 'zod';

const spec = {
  name: 'orders',
  schema: z.object({ id: z.string(), at: z.number() }),
  eventTime: ({ at }: { at: number }) => at,
  aggregates: { all: { groupBy: [], window: tumbling('1h'), metrics: { orders: count() } } },
} as const;
const eventId = ({ id }: { id: string }) => id;

const problemsOf = (change: object): string => {
  try {
    definePipeline({ ...spec, ...change });
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
  return 'none';
};

describe('how a definition tells duplicates', () => {
  test('is by eventId, for 10 minutes unless it says otherwise', () => {
    expect(definePipeline(spec).duplicates).toBeUndefined();
    expect(definePipeline({ ...spec, eventId }).duplicates).toEqual({ eventId, withinMs: 600_000 });
    const within = { within: '1h30m' };
    expect(definePipeline({ ...spec, eventId, duplicates: within }).duplicates?.withinMs).toBe(5_400_000);
    expect(definePipeline({ ...spec, duplicates: {} }).duplicates).toEqual({
      eventId: undefined,
      withinMs: 600_000,
    });
  });

  test.each([
    [{ eventId: 'id' }, /eventId: is no function; give one that takes an event's id/],
    [{ eventId, duplicates: '10m' }, /duplicates: is '10m'; give how long .* \{ within: '10m' \}/],
    [{ eventId, duplicates: { for: '10m' } }, /duplicates\.for: is no option; there are within/],
    [{ eventId, duplicates: { within: '25h' } }, /duplicates\.within: is '25h'; give '1s' to '1d'/],
    [{ eventId, duplicates: { within: 600 } }, /duplicates\.within: .* is no duration/],
    [{ eventId, duplicates: { within: '1s1ms' } }, /duplicates\.within: is '1s1ms'; give whole seconds/],
  ])('%o is refused, with the remedy', (change, message) => {
    expect(problemsOf(change)).toMatch(message);
  });

  test('is checked by the compiler', () => {
    // @ts-expect-error -- a date is no id
    const dated = definePipeline({ ...spec, eventId: () => new Date() });
    // @ts-expect-error -- the event has no such field
    const misspelt = definePipeline({ ...spec, eventId: ({ orderId }) => orderId });
    expect([dated, misspelt].map(({ duplicates }) => typeof duplicates?.eventId)).toEqual([
      'function',
      'function',
    ]);
  });
});
