import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, definePipeline, rate, session, sum } from 'weir';
import type { AggregateAnswer } from '#app/query/answer-aggregate.ts';
import type { WindowStart } from '#core/brand.ts';
import type { SchemaResult, StandardSchema } from '#core/pipeline/standard-schema.ts';
import { naiveSessions } from '../../core/sessions/naive-sessions.ts';
import { CloseWorld } from './close-world.ts';

interface Click {
  readonly at: number;
  readonly group: string;
  readonly n: number;
}

const MINUTE = 60_000;
const GAP = 10 * MINUTE;
const LONGEST = 40 * MINUTE;
const NOON = Date.parse('2026-03-01T12:00:00Z');

const schema: StandardSchema<unknown, Click> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) as SchemaResult<Click> },
};
function pipelineWith(window: ReturnType<typeof session>, groups = 1000) {
  return definePipeline({
    name: 'clicks',
    schema,
    eventTime: ({ at }: Click) => at,
    allowedLateness: '5m',
    aggregates: {
      visits: { groupBy: ['group'], window, groups, metrics: { clicks: count(), n: sum('n'), rate: rate() } },
    },
  });
}
const pipeline = pipelineWith(session({ gap: '10m', longest: '40m' }));

const at = (minute: number, group = 'a', n = 1): Click => ({ at: NOON + minute * MINUTE, group, n });
const minutes = (time: number) => (time - NOON) / MINUTE;

const rowsOf = ({ rows }: Pick<AggregateAnswer, 'rows'>) =>
  rows.map(({ group, metrics, windowStart, windowEnd }) => [
    ...[minutes(windowStart), minutes(windowEnd), group['group']],
    ...[metrics['clicks'], metrics['n']],
  ]);

const naive = (clicks: readonly Click[]) =>
  naiveSessions(clicks, GAP, LONGEST).map(({ group, start, end, events }) => [
    ...[minutes(start), minutes(end), group, events.length],
    events.reduce((total, { n }) => total + n, 0),
  ]);

/** Each row with what is said of its window. */
function states({ rows, windows }: AggregateAnswer) {
  return rows.map((row) => {
    const state = windows.find(
      ({ windowStart, windowEnd }) => windowStart === row.windowStart && windowEnd === row.windowEnd,
    );
    if (state === undefined) throw new Error('a row without its window');
    return { row, final: state.final, amended: state.amended };
  });
}

const click = fc.record({
  minute: fc.integer({ min: 0, max: 240 }),
  group: fc.constantFrom('a', 'b'),
  n: fc.integer({ min: -9, max: 9 }),
  shard: fc.integer({ min: 0, max: 1 }),
});
const step = fc.oneof(
  { weight: 5, arbitrary: click },
  { weight: 1, arbitrary: fc.constant('close' as const) },
);

describe('sessions', () => {
  test('have what their definition says, in whatever order events come, over shards, and while windows are closed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 50 }),
        fc.integer({ min: -20, max: 250 }),
        fc.integer({ min: -20, max: 250 }),
        async (steps, fromMinute, toMinute) => {
          const world = new CloseWorld(pipeline, 2, NOON + 241 * MINUTE);
          const clicks: Click[] = [];
          let finalBefore: AggregateAnswer['rows'] = [];
          for (const one of steps) {
            if (one === 'close') {
              await world.closeUntilDone();
              const known = states(await world.answer());
              // What was final is as it was, or has been amended.
              for (const before of finalBefore) {
                const now = known.find(
                  ({ row }) =>
                    row.group['group'] === before.group['group'] &&
                    row.windowStart <= before.windowStart &&
                    row.windowEnd > before.windowStart,
                );
                if (!now?.amended) expect(now?.row).toEqual(before);
              }
              finalBefore = known.filter(({ final }) => final).map(({ row }) => row);
              continue;
            }
            const { minute, shard, ...rest } = one;
            const made = { ...rest, at: NOON + minute * MINUTE };
            clicks.push(made);
            await world.add(shard, [made]);
          }
          const expected = naive(clicks);
          expect(rowsOf(await world.answer())).toEqual(expected);
          await world.closeUntilDone();
          const all = await world.answer();
          expect(rowsOf(all)).toEqual(expected);
          const amended = all.windows.filter((window) => window.amended);
          if (world.head(0).ledger.late + world.head(1).ledger.late === 0) expect(amended).toEqual([]);

          const from = (NOON + fromMinute * MINUTE) as WindowStart;
          const to = (NOON + toMinute * MINUTE) as WindowStart;
          const isIn = ([start]: readonly unknown[]) =>
            Number(start) >= fromMinute && Number(start) < toMinute;
          expect(rowsOf(await world.answer({ from, to }))).toEqual(expected.filter(isIn));
          expect(rowsOf(await world.answer({ to }))).toEqual(
            expected.filter(([start]) => Number(start) < toMinute),
          );
          expect(rowsOf(await world.answer({ from }))).toEqual(
            expected.filter(([start]) => Number(start) >= fromMinute),
          );
        },
      ),
      { numRuns: 80 },
    );
  });

  test('are final when nothing that comes on time can join them', async () => {
    const world = new CloseWorld(pipeline, 1, NOON + 200 * MINUTE);
    // The watermark is 5 minutes behind.
    const through = async (minute: number) => {
      await world.add(0, [at(minute + 5, 'other')]);
      await world.closeUntilDone();
      const { windows } = await world.answer();
      return windows.find(({ windowStart }) => minutes(windowStart) === 1)?.final;
    };
    await world.add(0, [at(1), at(9)]);
    // It ends at 19; what comes at 19 would join it, and be on time, until the pane from 10 to 20 is closed.
    expect(await through(10)).toBe(false);
    expect(await through(19)).toBe(false);
    expect(await through(20)).toBe(true);
    expect(rowsOf(await world.answer())[0]).toEqual([1, 19, 'a', 2, 2]);
  });

  test('that end with a pane are final with the next one, unless they were cut there', async () => {
    const world = new CloseWorld(pipeline, 1, NOON + 200 * MINUTE);
    // `a` goes on and is cut at 80, a multiple of 40 minutes; `b` ends there, and what comes at 80 would join it.
    const a = [2, 10, 18, 26, 34, 42, 50, 58, 66, 74, 81].map((minute) => at(minute, 'a'));
    const b = [2, 10, 18, 26, 34, 42, 50, 58, 66, 70].map((minute) => at(minute, 'b'));
    const c = [71, 79].map((minute) => at(minute, 'c'));
    await world.add(
      0,
      [...a, ...b, ...c].toSorted((x, y) => x.at - y.at),
    );
    const finals = async (minute: number) => {
      await world.add(0, [at(minute + 5, 'other')]);
      await world.closeUntilDone();
      const known = states(await world.answer()).filter(({ row }) => row.group['group'] !== 'other');
      return known.map(({ row, final }) => [
        ...[row.group['group'], minutes(row.windowStart), minutes(row.windowEnd), final],
      ]);
    };
    // Of one start and end, `a` and `b` are one window, and it is not final before both are.
    expect(await finals(80)).toEqual([
      ['a', 2, 80, false],
      ['b', 2, 80, false],
      ['c', 71, 89, false],
      ['a', 81, 91, false],
    ]);
    expect((await finals(90)).map(([, , , final]) => final)).toEqual([true, true, true, false]);
    expect((await finals(100)).map(([, , , final]) => final)).toEqual([true, true, true, true]);
  });

  test('that are cut at a pane that is final are final with it', async () => {
    const world = new CloseWorld(pipeline, 1, NOON + 200 * MINUTE);
    await world.add(0, [...Array.from({ length: 10 }, (_, i) => at(2 + i * 8)), at(85, 'other')]);
    await world.closeUntilDone();
    const ends = async () =>
      states(await world.answer()).map(({ row, final }) => [minutes(row.windowEnd), final]);
    expect(await ends()).toEqual([
      [84, false],
      [95, false],
    ]);
    await world.add(0, [at(81)]);
    expect(await ends()).toEqual([
      [80, true],
      [91, false],
      [95, false],
    ]);
  });

  test('of one start and end are one window, amended where one of them is', async () => {
    const world = new CloseWorld(pipeline, 1, NOON + 200 * MINUTE);
    await world.add(0, [at(1, 'a'), at(1, 'b'), at(8, 'b'), at(60, 'other')]);
    await world.closeUntilDone();
    await world.add(0, [at(8, 'a')]);
    const { windows } = await world.answer();
    expect(
      windows.map(({ windowStart, windowEnd, amended }) => [
        minutes(windowStart),
        minutes(windowEnd),
        amended,
      ]),
    ).toEqual([
      [1, 18, true],
      [60, 70, false],
    ]);
  });

  test('are joined by an event that comes late, and say so', async () => {
    const world = new CloseWorld(pipeline, 2, NOON + 200 * MINUTE);
    await world.add(0, [at(1), at(30)]);
    await world.add(1, [at(3, 'b'), at(17)]);
    await world.add(0, [at(120, 'c')]);
    await world.add(1, [at(120, 'c')]);
    await world.closeUntilDone();
    expect(rowsOf(await world.answer())).toEqual([
      [1, 11, 'a', 1, 1],
      [3, 13, 'b', 1, 1],
      [17, 27, 'a', 1, 1],
      [30, 40, 'a', 1, 1],
      [120, 130, 'c', 2, 2],
    ]);
    await world.add(0, [at(9, 'a', 100)]);
    const bridged = await world.answer();
    expect(
      states(bridged).map(({ row, final, amended }) => [minutes(row.windowStart), final, amended]),
    ).toEqual([
      [1, true, true],
      [3, true, false],
      [30, true, false],
      [120, false, false],
    ]);
    expect(rowsOf(bridged)[0]).toEqual([1, 27, 'a', 3, 102]);
    // 3 clicks in 26 minutes.
    expect(bridged.rows[0]?.metrics['rate']).toBeCloseTo(3 / (26 * 60), 12);
    await world.add(1, [at(22, 'a', 1000)]);
    await world.closeUntilDone();
    expect(rowsOf(await world.answer())[0]).toEqual([1, 40, 'a', 5, 1103]);
  });

  test('are announced as the panes that are closed, with the metrics over all groups and nothing else', async () => {
    const world = new CloseWorld(pipeline, 1, NOON + 200 * MINUTE);
    await world.add(0, [at(1, 'a', 2), at(3, 'b', 3), at(12, 'a', 5), at(60, 'z')]);
    await world.closeUntilDone();
    expect(
      world.announced.map(({ windowStart, windowEnd, groups, totals }) => [
        ...[minutes(windowStart), minutes(windowEnd), groups, totals],
      ]),
    ).toEqual([
      [0, 10, 2, { clicks: 2, n: 5, rate: 2 / 600 }],
      [10, 20, 1, { clicks: 1, n: 5, rate: 1 / 600 }],
    ]);
  });

  test('of groups beyond the cap are those of all of them together', async () => {
    const world = new CloseWorld(pipelineWith(session({ gap: '10m' }), 1), 1, NOON + 200 * MINUTE);
    await world.add(0, [at(1, 'a'), at(2, 'b'), at(9, 'c'), at(18, 'a'), at(19, 'd'), at(50, 'a')]);
    const { rows } = await world.answer();
    expect(rowsOf({ rows })).toEqual([
      [1, 11, 'a', 1, 1],
      [2, 29, '__other__', 3, 3],
      [18, 28, 'a', 1, 1],
      [50, 60, 'a', 1, 1],
    ]);
    await world.closeUntilDone();
    await world.add(0, [at(7, 'e')]);
    expect(states(await world.answer()).map(({ row, amended }) => [row.metrics['clicks'], amended])).toEqual([
      [1, false],
      [4, true],
      [1, false],
      [1, false],
    ]);
  });

  test('are kept so long after their end, and their panes until then', async () => {
    const kept = pipelineWith(session({ gap: '10m', longest: '20m', retention: '30m' }));
    const world = new CloseWorld(kept, 1, NOON + 200 * MINUTE);
    // Without a break from 1 to 25: over at 35, and to be seen until 65.
    await world.add(0, [at(1), at(9), at(17), at(25), at(2, 'b')]);
    const starts = async () => (await world.answer()).rows.map(({ windowStart }) => minutes(windowStart));
    const close = async (minute: number) => {
      await world.add(0, [at(minute + 5, 'other')]);
      await world.closeUntilDone();
    };
    await close(41);
    expect(await starts()).toEqual([1, 2, 46]);
    await close(42);
    expect(await starts()).toEqual([1, 46]);
    await close(64);
    expect(await starts()).toEqual([1, 46, 69]);
    await close(65);
    expect(await starts()).toEqual([46, 69]);
    const DAY = 86_400_000;
    expect(new Set(world.kept.map(String))).toEqual(
      new Set([[GAP, 30 * DAY + 30 * MINUTE + 40 * MINUTE + GAP].map(String).join()]),
    );
  });

  test('of a range cost what is in it, and what is around it as far as sessions go on', async () => {
    const world = new CloseWorld(pipeline, 1, NOON + 24 * 60 * MINUTE);
    for (let minute = 0; minute < 1200; minute += 5)
      await world.add(0, [at(minute, minute < 600 ? 'a' : 'b')]);
    await world.closeUntilDone();
    const read: number[] = [];
    const { table } = world;
    const readBlocks = table.readFinals.bind(table);
    table.readFinals = (...args) => {
      const [, , { from = 0, to = 0 }] = args;
      read.push(minutes(from), minutes(to));
      return readBlocks(...args);
    };
    const from = (NOON + 500 * MINUTE) as WindowStart;
    const { rows } = await world.answer({ from, to: (from + 60 * MINUTE) as WindowStart });
    // The one that has gone on since 0 is cut each 40 minutes.
    expect(rows.map(({ windowStart, windowEnd }) => [minutes(windowStart), minutes(windowEnd)])).toEqual([
      [520, 560],
    ]);
    expect(Math.min(...read)).toBeGreaterThanOrEqual(500 - 60);
    expect(Math.max(...read)).toBeLessThanOrEqual(600);
  });
});
