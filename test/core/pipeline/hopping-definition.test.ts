import { describe, expect, test } from 'vitest';
import { count, DefinitionError, definePipeline, hopping, tumbling } from 'weir';
import * as z from 'zod';

function define(window: ReturnType<typeof hopping>) {
  return definePipeline({
    name: 'views',
    schema: z.object({ at: z.number(), page: z.string() }),
    eventTime: ({ at }) => at,
    allowedLateness: '1m',
    aggregates: { by_page: { groupBy: ['page'], window, metrics: { views: count() } } },
  });
}

function complaintOf(window: ReturnType<typeof hopping>): string {
  try {
    define(window);
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
  return 'none';
}

describe('hopping windows in a definition', () => {
  test('are panes, and windows made of panes', () => {
    const [aggregate] = define(hopping('1h', { every: '10m', retention: { '1h': '90d' } })).aggregates;
    expect(aggregate?.window).toEqual({ type: 'hopping', sizeMs: 3_600_000, everyMs: 600_000 });
    expect(aggregate?.levels).toEqual([
      { sizeMs: 600_000, everyMs: 600_000, retentionMs: 30 * 86_400_000 },
      { sizeMs: 3_600_000, everyMs: 600_000, retentionMs: 90 * 86_400_000 },
    ]);
  });

  test('of another hop have other blocks; of another size they have the same', () => {
    const generation = (window: ReturnType<typeof hopping>) => define(window).aggregates[0]?.generation;
    const first = generation(hopping('1h', { every: '10m' }));
    expect(generation(hopping('2h', { every: '10m' }))).toBe(first);
    expect(generation(hopping('1h', { every: '20m' }))).not.toBe(first);
    expect(generation(tumbling('10m'))).not.toBe(first);
  });

  test.each([
    [
      'a hop that does not divide the size',
      hopping('1h', { every: '25m' }),
      /every: is '25m'; give a part of '1h'/,
    ],
    ['a hop of the whole size', hopping('1h', { every: '1h' }), /every: is '1h'; give a part of '1h'/],
    ['a hop that is larger', hopping('1h', { every: '2h' }), /every: is '2h'; give a part/],
    ['too many panes', hopping('1h', { every: '1s' }), /at most into 1000/],
    ['no hop', { type: 'hopping', size: '1h' } as never, /every: .*duration/],
    ['a roll-up', { ...hopping('1h', { every: '10m' }), rollup: ['1d'] }, /rollup: is no option/],
    [
      'a retention of the panes',
      hopping('1h', { every: '10m', retention: { '10m': '1d' } }),
      /names windows of '10m'/,
    ],
  ] as const)('refuse %s, and say what to do', (_, window, complaint) => {
    expect(complaintOf(window)).toMatch(complaint);
  });
});
