import { describe, expect, test } from 'vitest';
import { count, DefinitionError, definePipeline, session, tumbling, type WindowSpec } from 'weir';
import * as z from 'zod';

function define(window: WindowSpec) {
  return definePipeline({
    name: 'views',
    schema: z.object({ at: z.number(), user: z.string() }),
    eventTime: ({ at }) => at,
    allowedLateness: '1m',
    aggregates: { visits: { groupBy: ['user'], window, metrics: { views: count() } } },
  });
}

function complaintOf(window: WindowSpec): string {
  try {
    define(window);
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
  return 'none';
}

const DAY = 86_400_000;

describe('session windows in a definition', () => {
  test('are panes of the gap, kept until the last session that begins in one may go', () => {
    const [aggregate] = define(session({ gap: '30m', longest: '1d', retention: '90d' })).aggregates;
    expect(aggregate?.window).toEqual({
      type: 'session',
      sizeMs: 1_800_000,
      everyMs: 1_800_000,
      longestMs: DAY,
      retentionMs: 90 * DAY,
    });
    expect(aggregate?.levels).toEqual([
      { sizeMs: 1_800_000, everyMs: 1_800_000, retentionMs: 92 * DAY + 1_800_000 },
    ]);
  });

  test('may be a thousand gaps long, and are kept for good, unless something else is said', () => {
    const [aggregate] = define(session({ gap: '30s' })).aggregates;
    expect(aggregate?.window).toMatchObject({ longestMs: 30_000_000, retentionMs: null });
    expect(aggregate?.levels).toEqual([{ sizeMs: 30_000, everyMs: 30_000, retentionMs: null }]);
  });

  test('of another gap have other blocks; of another length they have the same', () => {
    const generation = (window: WindowSpec) => define(window).aggregates[0]?.generation;
    const first = generation(session({ gap: '10m' }));
    expect(generation(session({ gap: '10m', longest: '1d', retention: '1d' }))).toBe(first);
    expect(generation(session({ gap: '20m' }))).not.toBe(first);
    expect(generation(tumbling('10m'))).not.toBe(first);
  });

  test.each([
    ['no gap', { type: 'session' } as never, /visits\.window\.gap: .*duration/],
    ['a gap that is no duration', session({ gap: 'half an hour' }), /gap: 'half an hour' is no duration/],
    ['a gap that is too short', session({ gap: '500ms' }), /gap: is '500ms'; give '1s' to '30d'/],
    ['a gap that is too long', session({ gap: '31d' }), /gap: is '31d'; give '1s' to '30d'/],
    [
      'a length that is no multiple',
      session({ gap: '30m', longest: '45m' }),
      /longest: is '45m'; give a multiple of the gap, '30m'/,
    ],
    ['a length below the gap', session({ gap: '30m', longest: '20m' }), /longest: is '20m'; give '30m' to/],
    [
      'a length beyond a thousand gaps',
      session({ gap: '1m', longest: '1d' }),
      /longest: is '1d'; give '1m' to '1000m'/,
    ],
    [
      'a retention by size',
      session({ gap: '30m', retention: { '30m': '1d' } as never }),
      /retention: .*duration/,
    ],
    ['a roll-up', { ...session({ gap: '30m' }), rollup: ['1d'] } as never, /rollup: is no option/],
  ])('refuse %s, and say what to do', (_, window, complaint) => {
    expect(complaintOf(window)).toMatch(complaint);
  });

  test('have no option that the compiler does not know', () => {
    // @ts-expect-error -- a session has a gap
    expect(complaintOf(session({}))).toMatch(/gap/);
    // @ts-expect-error -- it is no size
    expect(complaintOf(session({ gap: '1m', size: '1h' }))).toMatch(/size: is no option/);
  });
});
