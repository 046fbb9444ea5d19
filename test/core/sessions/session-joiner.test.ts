import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, definePipeline, last, rate, session, sum } from 'weir';
import { BatchDeltas } from '#core/batch/batch-deltas.ts';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, GroupKey, WindowStart } from '#core/brand.ts';
import type { GroupTable } from '#core/group-table.ts';
import type { Pipeline, SessionWindow } from '#core/pipeline/pipeline.ts';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';
import { isSessionBound } from '#core/sessions/session-bounds.ts';
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
/** Many of them, and not the ten at most that arrays have unless they are told: sessions of some length need company. */
const clicks = fc.array(click, { maxLength: 40, size: 'max' });

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
      { numRuns: 150 },
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
      { numRuns: 300 },
    );
  });

  test('one that goes on and on is cut at multiples, from the second one on', () => {
    const made = Array.from({ length: 20 }, (_, i) => ({ at: 5000 + i * 5000, group: 'a', n: 1 }));
    const joiner = new SessionJoiner(window, { from: 0, to: 200_000 });
    for (const pane of panesOf(tablesOf(made))) joiner.take(pane);
    // It begins at 5 s; at 30 s it has not gone on for 30 s, at 60 s it has.
    expect([...joiner.sessions()].map(({ start, end, isCut }) => [start, end, isCut])).toEqual([
      [5000, 60_000, true],
      [60_000, 90_000, true],
      [90_000, 110_000, false],
    ]);
  });

  test('one that has gone on for the longest time exactly, and not for longer, is not cut there', () => {
    const made = Array.from({ length: 8 }, (_, i) => ({ at: i * 5000, group: 'a', n: 1 }));
    const joiner = new SessionJoiner(window, { from: 0, to: 200_000 });
    for (const pane of panesOf(tablesOf(made))) joiner.take(pane);
    expect([...joiner.sessions()].map(({ start, end, isCut }) => [start, end, isCut])).toEqual([
      [0, 45_000, false],
    ]);
  });

  test('a part of a series that began long before the first pane, which is where it is cut, is a session by itself', () => {
    const made = [60_000, 65_000].map((at) => ({ at, group: 'a', n: 1 }));
    const joiner = new SessionJoiner(
      window,
      { from: 60_000, to: 70_000 },
      new Map([['a' as GroupKey, 12_000]]),
    );
    for (const pane of panesOf(tablesOf(made))) joiner.take(pane);
    expect([...joiner.sessions()].map(({ start, end, isCut }) => [start, end, isCut])).toEqual([
      [60_000, 75_000, false],
    ]);
  });

  test('what began before the first pane is told of that pane only: a later session of the group is its own', () => {
    const made = [30_000, 70_000].map((at) => ({ at, group: 'a', n: 1 }));
    const joiner = new SessionJoiner(
      window,
      { from: 30_000, to: 90_000 },
      new Map([['a' as GroupKey, 22_000]]),
    );
    for (const pane of panesOf(tablesOf(made))) joiner.take(pane);
    expect([...joiner.sessions()].map(({ start, end }) => [start, end])).toEqual([[70_000, 80_000]]);
  });

  test('only a session that is asked for, with events in the pane just before, makes the next pane needed', () => {
    const made = [30_000, 45_000].map((at) => ({ at, group: at === 30_000 ? 'a' : 'b', n: 1 }));
    const joiner = new SessionJoiner(window, { from: 40_000, to: 50_000 });
    expect(joiner.goesOnAt(40_000)).toBe(false);
    const [first, second] = panesOf(tablesOf(made)) as [Pane, Pane];
    joiner.take(first);
    expect(joiner.goesOnAt(40_000)).toBe(false);
    joiner.take(second);
    expect([40_000, 50_000, 60_000].map((at) => joiner.goesOnAt(at))).toEqual([false, true, false]);
  });

  test('a rate is by the session’s own length, its gap included', () => {
    const withRate: Pipeline = definePipeline({
      name: 'clicks',
      schema,
      eventTime: ({ at }) => at,
      aggregates: { sessions: { groupBy: [], window: session({ gap: '10s' }), metrics: { clicks: rate() } } },
    });
    const deltas = new BatchDeltas(withRate);
    for (const at of [20_000, 21_000, 30_000])
      deltas.add({ event: { at, group: 'a', n: 1 }, time: at as EpochMs }, null);
    const joiner = new SessionJoiner(window, { from: 0, to: 200_000 });
    for (const { key, table } of deltas.deltas())
      joiner.take({ start: key.windowStart, table, late: new Set() });
    // Three in the 10 s between the first and the last, and the 10 s after it.
    expect([...joiner.sessions()].map(({ values }) => values[0])).toEqual([3 / 20]);
  });

  test('without a pane there is none, and no metric', () => {
    const joiner = new SessionJoiner(window, { from: 0, to: 200_000 });
    expect(joiner.layout).toEqual([]);
    expect([...joiner.sessions()]).toEqual([]);
  });

  test('what begins in a pane is decided by what comes from a cut’s distance before the next cut on', () => {
    // Cuts are at 30 s, 60 s, 90 s; a series that began more than 30 s before one is cut there.
    expect([50_000, 60_000, 70_000].map((pane) => lookBackTo(pane, window))).toEqual([
      20_000, 20_000, 50_000,
    ]);
  });

  test('looking back ends with the first pane that nothing goes on into', async () => {
    const panes = panesOf(tablesOf([0, 12_000, 24_000].map((at) => ({ at, group: 'a', n: 1 }))));
    const asked: number[] = [];
    async function* before() {
      for (const pane of panes.slice(0, 2).toReversed()) {
        asked.push(pane.start);
        yield pane;
      }
    }
    expect(await seriesBefore(window, panes[2] as Pane, before())).toEqual(new Map());
    expect(asked).toEqual([10_000]);
  });

  test('the two columns of bounds are told from metrics', () => {
    expect(['$first', '$last', 'first', 'clicks'].map(isSessionBound)).toEqual([true, true, false, false]);
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
