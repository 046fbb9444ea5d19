import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, definePipeline, last, session, sum } from 'weir';
import { BatchDeltas } from '#core/batch/batch-deltas.ts';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import type { GroupTable } from '#core/group-table.ts';
import type { Pipeline, SessionWindow } from '#core/pipeline/pipeline.ts';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';
import { lookBackTo, type Pane, SessionJoiner, seriesBefore } from '#core/sessions/session-joiner.ts';
import { rawDeflate } from '../raw-deflate.ts';
import { naiveSessions } from './naive-sessions.ts';

interface Click {
  readonly at: number;
  readonly group: string;
  readonly n: number;
}

const GAP = 10_000;
const LONGEST = 3 * GAP;
const schema: StandardSchema<unknown, Click> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as Click }) },
};
const pipeline: Pipeline = definePipeline({
  name: 'clicks',
  schema,
  eventTime: ({ at }) => at,
  aggregates: {
    sessions: {
      groupBy: ['group'],
      window: session({ gap: '10s', longest: '30s' }),
      metrics: { clicks: count(), n: sum('n'), at: last('at') },
    },
  },
});
const window = pipeline.aggregates[0]?.window as SessionWindow;

function tablesOf(clicks: readonly Click[]): Map<WindowStart, GroupTable> {
  const deltas = new BatchDeltas(pipeline);
  for (const { at, ...rest } of clicks) deltas.add({ event: { at, ...rest }, time: at as EpochMs }, null);
  return new Map([...deltas.deltas()].map(({ key, table }) => [key.windowStart, table]));
}

/** Merges tables pane by pane, in this order, each of them as it would be stored. */
function merged(parts: readonly ReadonlyMap<WindowStart, GroupTable>[]): Map<WindowStart, GroupTable> {
  const all = new Map<WindowStart, GroupTable>();
  for (const part of parts) {
    for (const [start, table] of part) {
      const into = all.get(start) ?? table.emptyLike();
      into.mergeFrom(decodeGroups(encodeGroups(table, rawDeflate), rawDeflate));
      all.set(start, into);
    }
  }
  return new Map([...all].sort(([a], [b]) => a - b));
}

const panesOf = (tables: ReadonlyMap<WindowStart, GroupTable>): Pane[] =>
  [...tables].map(([start, table]) => ({ start, table, late: new Set() }));

function shown(joiner: SessionJoiner) {
  const at = (name: string) => joiner.layout.findIndex((metric) => metric.name === name);
  return [...joiner.sessions()]
    .sort((a, b) => a.start - b.start || (a.group < b.group ? -1 : 1))
    .map(({ group, start, end, values }) => [
      ...[start, end, group as string],
      ...['clicks', 'n', 'at'].map((name) => values[at(name)]),
    ]);
}

function expected(clicks: readonly Click[]) {
  return naiveSessions(clicks, GAP, LONGEST).map(({ group, start, end, events }) => [
    ...[start, end, group, events.length],
    events.reduce((total, { n }) => total + n, 0),
    events.at(-1)?.at,
  ]);
}

/** Close together, so that some follow each other without a break for long; and exactly a gap apart, or nearly so. */
const click = fc.record({
  at: fc.oneof(
    fc.integer({ min: -60, max: 120 }).map((seconds) => seconds * 1000),
    fc.tuple(fc.integer({ min: -6, max: 12 }), fc.integer({ min: -1, max: 1 })).map(([k, d]) => k * GAP + d),
  ),
  group: fc.constantFrom('a', 'b'),
  n: fc.integer({ min: -5, max: 5 }),
});
const clicks = fc.array(click, { maxLength: 40 });

describe('sessions', () => {
  test('are those of their definition, and what is stored has the same bytes, however the events are split and merged', () => {
    fc.assert(
      fc.property(clicks, fc.infiniteStream(fc.nat({ max: 3 })), fc.boolean(), (made, places, isReversed) => {
        const parts: Click[][] = [[], [], [], []];
        for (const each of isReversed ? made.toReversed() : made) parts[places.next().value]?.push(each);
        const tables = merged(isReversed ? parts.toReversed().map(tablesOf) : parts.map(tablesOf));
        const bytes = (all: ReadonlyMap<WindowStart, GroupTable>) =>
          [...all].map(([start, table]) => [start, encodeGroups(table, rawDeflate)]);
        expect(bytes(tables)).toEqual(bytes(merged([tablesOf(made)])));

        const joiner = new SessionJoiner(window, {
          from: Number.NEGATIVE_INFINITY,
          to: Number.POSITIVE_INFINITY,
        });
        for (const pane of panesOf(tables)) joiner.take(pane);
        expect(shown(joiner)).toEqual(expected(made));
      }),
      { numRuns: 400 },
    );
  });

  test('of a range are those that begin in it, each as a whole, without more panes than decide it', async () => {
    const time = fc.integer({ min: -70, max: 130 }).map((seconds) => seconds * 1000);
    await fc.assert(
      fc.asyncProperty(clicks, time, time, async (made, from, to) => {
        const tables = merged([tablesOf(made)]);
        const panes = panesOf(tables);
        const firstPane = Math.floor(from / GAP) * GAP;
        const lowest = lookBackTo(firstPane, window);
        async function* backwards() {
          yield* panes.filter(({ start }) => start < firstPane && start >= lowest).toReversed();
        }
        const first = panes.find(({ start }) => start === firstPane);
        const series = first === undefined ? undefined : await seriesBefore(window, first, backwards());
        const joiner = new SessionJoiner(window, { from, to }, series);
        for (const pane of panes.filter(({ start }) => start >= firstPane)) {
          if (pane.start >= to && !joiner.goesOnAt(pane.start)) break;
          joiner.take(pane);
        }
        const isIn = ([start]: readonly unknown[]) => Number(start) >= from && Number(start) < to;
        expect(shown(joiner)).toEqual(expected(made).filter(isIn));
        // None is so long that reading on would not end.
        for (const [start, end] of shown(joiner))
          expect(Number(end) - Number(start)).toBeLessThanOrEqual(2 * LONGEST + GAP);
      }),
      { numRuns: 600 },
    );
  });

  test('one that goes on and on is cut at multiples, from the second one on', () => {
    const made = Array.from({ length: 20 }, (_, i) => ({ at: 5000 + i * 5000, group: 'a', n: 1 }));
    const joiner = new SessionJoiner(window, { from: 0, to: 200_000 });
    for (const pane of panesOf(tablesOf(made))) joiner.take(pane);
    // It begins at 5 s; at 30 s it has not gone on for 30 s, at 60 s it has.
    expect(shown(joiner).map(([start, end]) => [start, end])).toEqual([
      [5000, 60_000],
      [60_000, 90_000],
      [90_000, 110_000],
    ]);
  });

  test('that began exactly a gap before are those that began before', async () => {
    const panes = panesOf(tablesOf([0, 10_000, 20_000].map((time) => ({ at: time, group: 'a', n: 1 }))));
    async function* before() {
      yield* panes.slice(0, 2).toReversed();
    }
    expect([...(await seriesBefore(window, panes[2] as Pane, before()))]).toEqual([['a', 0]]);
  });

  test('something that came late in one is known of that one only', () => {
    const made = [0, 5000, 50_000].map((at) => ({ at, group: 'a', n: 1 }));
    const joiner = new SessionJoiner(window, { from: 0, to: 200_000 });
    for (const pane of panesOf(tablesOf(made)))
      joiner.take({ ...pane, late: new Set(pane.start === 0 ? pane.table.keys() : []) });
    expect([...joiner.sessions()].map(({ hasLate }) => hasLate)).toEqual([true, false]);
  });
});
