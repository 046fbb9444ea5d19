import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, definePipeline, max, mean, min, stddev, sum, tumbling } from 'weir';
import { windowSortKey } from '#contracts/table-keys.ts';
import { BatchDeltas } from '#core/batch/batch-deltas.ts';
import type { EpochMs } from '#core/brand.ts';
import { groupValuesOf } from '#core/group-key.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';

type Event = Readonly<Record<string, unknown>>;

const anyObject: StandardSchema<unknown, Event> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as Event }) },
};

/** A definition for which the compiler does not vouch, as one in plain JavaScript. */
function pipelineOf(aggregates: unknown): Pipeline {
  return definePipeline({ name: 'test', schema: anyObject, eventTime: () => 0, aggregates } as never);
}

const HOUR = 3_600_000;

function add(deltas: BatchDeltas, event: Event, time = 0, watermark: number | null = null) {
  return deltas.add({ event, time: time as EpochMs }, watermark as EpochMs | null);
}

/** All answers as rows of plain values. */
function rows(deltas: BatchDeltas, groupFields = 1): unknown[] {
  return [...deltas.deltas()].flatMap(({ key, table }) =>
    [...table.keys()].map((group) => ({
      aggregate: key.aggregate,
      window: windowSortKey(key.windowStart).slice(0, 16),
      group: groupValuesOf(group, groupFields),
      values: Object.fromEntries(
        table.layout.map(({ name }, i) => [name, table.values(table.row(group))[i]]),
      ),
    })),
  );
}

const byOrigin = pipelineOf({
  by_origin: {
    groupBy: ['origin'],
    window: tumbling('1h'),
    metrics: { events: count(), total: sum('delay'), worst: max('delay') },
  },
});

describe('an event', () => {
  test('is in its window and group, in every aggregate', () => {
    const deltas = new BatchDeltas(
      pipelineOf({
        hourly: { groupBy: ['origin'], window: tumbling('1h'), metrics: { events: count() } },
        daily: { groupBy: ['origin'], window: tumbling('1d'), metrics: { total: sum('delay') } },
      }),
    );
    add(deltas, { origin: 'SFO', delay: 5 }, 0);
    add(deltas, { origin: 'SFO', delay: 7 }, HOUR - 1);
    add(deltas, { origin: 'SFO', delay: 9 }, HOUR);
    add(deltas, { origin: 'LAX', delay: 1 }, -1);
    expect(rows(deltas)).toEqual([
      { aggregate: 'hourly', window: '1970-01-01T00:00', group: ['SFO'], values: { events: 2 } },
      { aggregate: 'hourly', window: '1970-01-01T01:00', group: ['SFO'], values: { events: 1 } },
      { aggregate: 'hourly', window: '1969-12-31T23:00', group: ['LAX'], values: { events: 1 } },
      { aggregate: 'daily', window: '1970-01-01T00:00', group: ['SFO'], values: { total: 21 } },
      { aggregate: 'daily', window: '1969-12-31T00:00', group: ['LAX'], values: { total: 1 } },
    ]);
    expect(deltas.cells).toBe(5);
    expect([...deltas.deltas()].map(({ windowEnd, key }) => windowEnd - key.windowStart)).toEqual([
      HOUR,
      HOUR,
      HOUR,
      24 * HOUR,
      24 * HOUR,
    ]);
  });

  test('without a number, or with null, counts and does not contribute', () => {
    const deltas = new BatchDeltas(byOrigin);
    for (const event of [{ origin: 'A' }, { origin: 'A', delay: null }, { origin: 'A', delay: undefined }]) {
      expect(add(deltas, event)).toBe('on_time');
    }
    expect(rows(deltas)).toMatchObject([{ values: { events: 3, total: 0, worst: null } }]);
  });

  test('contributes where the where holds, whatever truth it gives', () => {
    const deltas = new BatchDeltas(
      pipelineOf({
        all: {
          groupBy: [],
          window: tumbling('1h'),
          metrics: {
            late: count({ where: ({ delay }: { delay: number }) => delay > 15 }),
            late_sum: sum('delay', { where: ({ delay }: { delay: number }) => delay > 15 }),
            truthy: count({ where: (({ delay }: { delay: number }) => delay) as never }),
          },
        },
      }),
    );
    for (const delay of [0, 20, 15, 16]) add(deltas, { delay });
    expect(rows(deltas, 0)).toMatchObject([{ values: { late: 2, late_sum: 36, truthy: 3 } }]);
  });
});

describe('names that every object inherits', () => {
  test('are values to group by like any other', () => {
    const deltas = new BatchDeltas(byOrigin);
    const origins = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__proto__'];
    for (const origin of origins) expect(add(deltas, { origin, delay: 1 })).toBe('on_time');
    expect(rows(deltas)).toMatchObject([
      { group: ['__proto__'], values: { events: 2 } },
      { group: ['constructor'], values: { events: 1 } },
      { group: ['toString'], values: { events: 1 } },
      { group: ['hasOwnProperty'], values: { events: 1 } },
    ]);
    expect(({} as Event).polluted).toBeUndefined();
  });

  test.each(['__proto__', 'constructor', 'toString'])(
    '%s is a field only of an event that has it',
    (field) => {
      const pipeline = pipelineOf({
        a: { groupBy: [field], window: tumbling('1h'), metrics: { n: count(), total: sum(field) } },
      });
      const deltas = new BatchDeltas(pipeline);
      expect(add(deltas, {})).toMatchObject({
        reason: 'group',
        detail: expect.stringContaining(`'${field}' is missing`),
      });
      expect(add(deltas, JSON.parse(`{ "${field}": 5 }`))).toBe('on_time');
      expect(rows(deltas)).toMatchObject([{ group: [5], values: { n: 1, total: 5 } }]);
    },
  );
});

describe('numbers', () => {
  test.each([
    ['NaN', Number.NaN, /'delay' is no finite number/],
    ['Infinity', Number.POSITIVE_INFINITY, /'delay' is no finite number/],
    ['-Infinity', Number.NEGATIVE_INFINITY, /'delay' is no finite number/],
    [
      'just too large',
      1.0000000000000002e100,
      /'delay' is beyond ±1e\+100, the range in which sums are exact/,
    ],
    ['the most negative double', -Number.MAX_VALUE, /is beyond/],
    ['text', '5', /'delay' is of type string, not a number/],
    ['a bigint', 5n, /'delay' is of type bigint/],
    ['an object', { valueOf: (): number => 5 }, /'delay' is of type object/],
  ])('%s is refused, without a word of its value', (_, delay, detail) => {
    const deltas = new BatchDeltas(byOrigin);
    const rejection = add(deltas, { origin: 'A', delay });
    expect(rejection).toEqual({ reason: 'number', detail: expect.stringMatching(detail) });
    expect(rejection).toMatchObject({ detail: expect.stringContaining('by_origin.total') });
    expect(rows(deltas)).toEqual([]);
    expect(deltas.cells).toBe(0);
  });

  test('of any size up to 1e100 are taken, -0 as 0', () => {
    const deltas = new BatchDeltas(byOrigin);
    for (const delay of [1e100, -1e100, Number.MIN_VALUE, -0])
      expect(add(deltas, { origin: -0, delay })).toBe('on_time');
    expect(add(deltas, { origin: 0 })).toBe('on_time');
    const [row] = rows(deltas) as [{ group: unknown[]; values: Record<string, number> }];
    expect(rows(deltas)).toHaveLength(1);
    expect(Object.is(row.group[0], 0)).toBe(true);
    expect(row.values).toEqual({ events: 5, total: Number.MIN_VALUE, worst: 1e100 });
  });

  test('-0 alone shows as 0', () => {
    const deltas = new BatchDeltas(byOrigin);
    add(deltas, { origin: 'A', delay: -0 });
    const [row] = rows(deltas) as [{ values: Record<string, number> }];
    expect(Object.is(row.values.worst, 0) && Object.is(row.values.total, 0)).toBe(true);
  });
});

describe('groups', () => {
  test.each([
    ['missing', {}, /^by_origin: 'origin' is missing; send it, as null/],
    ['a list', { origin: ['SFO'] }, /^by_origin: 'origin' is an array/],
    ['NaN', { origin: Number.NaN }, /'origin' is no finite number/],
    ['too long', { origin: 'x'.repeat(1025) }, /over 1024 characters/],
  ])('%s is refused', (_, event, detail) => {
    expect(add(new BatchDeltas(byOrigin), event)).toEqual({
      reason: 'group',
      detail: expect.stringMatching(detail),
    });
  });

  test('null, true, 1 and the texts of them are groups apart', () => {
    const deltas = new BatchDeltas(byOrigin);
    for (const origin of [null, 'null', true, 'true', 1, '1', '']) add(deltas, { origin });
    expect(rows(deltas)).toHaveLength(7);
  });
});

describe('all or nothing', () => {
  const throwing = {
    groupBy: [],
    window: tumbling('1h'),
    metrics: {
      odd: count({
        where: ({ bad }: { bad?: boolean }) => {
          if (bad === true) throw new TypeError('secret');
          return true;
        },
      }),
    },
  };
  const pipeline = pipelineOf({
    first: { groupBy: [], window: tumbling('1h'), metrics: { events: count(), total: sum('delay') } },
    second: { groupBy: ['origin'], window: tumbling('1h'), metrics: { worst: max('distance') } },
    third: throwing,
  });

  test('an event that the last aggregate rejects is in none, its neighbours are', () => {
    const deltas = new BatchDeltas(pipeline);
    const good = { origin: 'A', delay: 1, distance: 2 };
    expect(add(deltas, good)).toBe('on_time');
    expect(add(deltas, { ...good, origin: undefined })).toMatchObject({ reason: 'group' });
    expect(add(deltas, { ...good, distance: Number.NaN })).toMatchObject({ reason: 'number' });
    expect(add(deltas, { ...good, bad: true })).toEqual({
      reason: 'user_code',
      detail:
        "aggregates.third.metrics.odd.where of the pipeline's definition threw TypeError; make it total",
    });
    // A rejected event opens no window either, nor leaves its numbers for the next.
    expect(add(deltas, { ...good, bad: true }, 5 * HOUR)).toMatchObject({ reason: 'user_code' });
    expect(add(deltas, { origin: 'A' })).toBe('on_time');
    expect(deltas.cells).toBe(3);
    expect([...deltas.deltas()].map(({ table }) => table.values(0))).toEqual([[2, 1], [2], [2]]);
  });

  test('whatever the events: each is in all aggregates or was rejected', () => {
    const event = fc.record(
      {
        origin: fc.oneof(fc.constantFrom('A', 'B', '__proto__'), fc.anything()),
        delay: fc.oneof(fc.integer(), fc.double(), fc.anything()),
        distance: fc.oneof(fc.integer(), fc.double(), fc.anything()),
        bad: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(event, fc.integer({ min: -HOUR, max: HOUR })), { maxLength: 20 }),
        (events) => {
          const deltas = new BatchDeltas(pipeline);
          const taken = events.filter(([each, time]) => add(deltas, each, time) === 'on_time');
          const counted = (aggregate: string, at: number) =>
            [...deltas.deltas()]
              .filter(({ key }) => key.aggregate === aggregate)
              .flatMap(({ table }) =>
                [...table.keys()].map((key) => Number(table.values(table.row(key))[at])),
              )
              .reduce((total, each) => total + each, 0);
          expect(counted('first', 0)).toBe(taken.length);
          expect(counted('third', 0)).toBe(taken.length);
        },
      ),
    );
  });
});

test('any events give the same numbers as adding them up by hand', () => {
  const pipeline = pipelineOf({
    all: {
      groupBy: ['g', 'h'],
      window: tumbling('1h'),
      metrics: {
        n: count(),
        total: sum('x'),
        least: min('x'),
        most: max('x'),
        middle: mean('x'),
        spread: stddev('x'),
        positive: count({ where: ({ x }: { x: number | null }) => x !== null && x > 0 }),
      },
    },
  });
  const event = fc.record({
    g: fc.constantFrom('a', 'b', null, 1),
    h: fc.boolean(),
    x: fc.option(fc.integer({ min: -1000, max: 1000 })),
    time: fc.integer({ min: -3 * HOUR, max: 3 * HOUR }),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const deltas = new BatchDeltas(pipeline);
      const byCell = new Map<string, (number | null)[]>();
      for (const { time, ...each } of events) {
        add(deltas, each, time);
        const cell = JSON.stringify([Math.floor(time / HOUR), each.g, each.h]);
        byCell.set(cell, [...(byCell.get(cell) ?? []), each.x]);
      }
      const found = new Map<string, unknown>();
      for (const { key, table } of deltas.deltas()) {
        for (const group of table.keys()) {
          const cell = JSON.stringify([key.windowStart / HOUR, ...groupValuesOf(group, 2)]);
          found.set(
            cell,
            Object.fromEntries(table.layout.map(({ name }, i) => [name, table.values(table.row(group))[i]])),
          );
        }
      }
      expect([...found.keys()].sort()).toEqual([...byCell.keys()].sort());
      expect(deltas.cells).toBe(byCell.size);
      for (const [cell, xs] of byCell) {
        const numbers = xs.filter((x) => x !== null);
        const total = numbers.reduce((a, b) => a + b, 0);
        const average = total / numbers.length;
        const variance = numbers.reduce((a, b) => a + (b - average) ** 2, 0) / numbers.length;
        expect(found.get(cell)).toEqual({
          n: xs.length,
          total,
          least: numbers.length === 0 ? null : Math.min(...numbers),
          most: numbers.length === 0 ? null : Math.max(...numbers),
          middle: numbers.length === 0 ? null : average + 0,
          spread: numbers.length === 0 ? null : expect.closeTo(Math.sqrt(variance), 8),
          positive: numbers.filter((x) => x > 0).length,
        });
      }
    }),
  );
});

test('metrics that change places give the same blocks', () => {
  const metrics = { b: count(), a: sum('x'), c: max('x') };
  const { a, b, c } = metrics;
  const layouts = [metrics, { a, b, c }, { c, b, a }].map((order) => {
    const deltas = new BatchDeltas(
      pipelineOf({ all: { groupBy: [], window: tumbling('1h'), metrics: order } }),
    );
    add(deltas, { x: 5 });
    return [...deltas.deltas()].map(({ key, table }) => ({
      key,
      layout: table.layout,
      values: table.values(0),
    }));
  });
  expect(layouts[1]).toEqual(layouts[0]);
  expect(layouts[2]).toEqual(layouts[0]);
});

describe('an event of a window that the shard has closed', () => {
  const pipeline = pipelineOf({
    hourly: { groupBy: ['origin'], window: tumbling('1h', { rollup: ['1d'] }), metrics: { events: count() } },
    daily: { groupBy: [], window: tumbling('1d'), metrics: { events: count() } },
  });
  const found = (deltas: BatchDeltas) =>
    [...deltas.deltas()].map(({ key, keepMs, table }) => [
      key.aggregate,
      key.windowStart / HOUR,
      key.late ?? false,
      keepMs === null ? null : keepMs / HOUR,
      table.values(0),
    ]);
  const KEPT_HOURS = 30 * 24;

  test('is a delta of its own, from the last instant of the window on, in each aggregate by its own window', () => {
    const deltas = new BatchDeltas(pipeline);
    expect(add(deltas, { origin: 'A' }, HOUR - 1, HOUR - 1)).toBe('on_time');
    expect(add(deltas, { origin: 'A' }, 0, HOUR)).toBe('late');
    expect(add(deltas, { origin: 'A' }, HOUR, HOUR)).toBe('on_time');
    expect(add(deltas, { origin: 'A' }, 0, 24 * HOUR - 1)).toBe('late');
    expect(add(deltas, { origin: 'A' }, 0, 24 * HOUR)).toBe('late');
    expect(found(deltas)).toEqual([
      ['hourly', 0, false, KEPT_HOURS + 1, [1]],
      ['hourly', 1, false, KEPT_HOURS + 1, [1]],
      ['hourly', 0, true, null, [3]],
      ['daily', 0, false, KEPT_HOURS + 24, [4]],
      ['daily', 0, true, null, [1]],
    ]);
    expect(deltas.cells).toBe(5);
  });

  test('is expired where no level keeps its window any more, and counts in the aggregates that do', () => {
    const retention = { '1h': '2h', '1d': '2d' };
    const kept = pipelineOf({
      hourly: {
        groupBy: [],
        window: tumbling('1h', { rollup: ['1d'], retention }),
        metrics: { events: count() },
      },
      short: {
        groupBy: [],
        window: tumbling('1h', { retention: { '1h': '1h' } }),
        metrics: { events: count() },
      },
    });
    const deltas = new BatchDeltas(kept);
    expect(add(deltas, {}, 0, HOUR)).toBe('late');
    expect(add(deltas, {}, 0, 2 * HOUR)).toBe('late');
    expect(add(deltas, {}, 0, 49 * HOUR - 1)).toBe('late');
    expect(add(deltas, {}, 0, 49 * HOUR)).toBe('expired');
    expect(found(deltas)).toEqual([
      ['hourly', 0, true, KEPT_HOURS + 48, [3]],
      ['short', 0, true, KEPT_HOURS + 1, [1]],
    ]);
  });
});

describe('the where of an aggregate', () => {
  const isDelayed = ({ delay }: { delay: number }) => delay > 0;
  const pipeline = pipelineOf({
    delayed: { groupBy: ['origin'], where: isDelayed, window: tumbling('1h'), metrics: { events: count() } },
    daily: { groupBy: [], window: tumbling('1d'), metrics: { events: count() } },
  });
  const filtered = pipelineOf({
    delayed: {
      groupBy: ['origin'],
      where: isDelayed,
      window: tumbling('1h'),
      metrics: { worst: max('delay') },
    },
  });

  test('leaves events out as if they had not been: no group, no window, nothing that it could be invalid for', () => {
    const deltas = new BatchDeltas(pipeline);
    for (const event of [{ origin: 'A', delay: 5 }, { origin: 'B', delay: 0 }, { delay: -1 }])
      expect(add(deltas, event)).toBe('on_time');
    expect(add(deltas, { origin: 'A', delay: 0 }, HOUR)).toBe('on_time');
    expect(rows(deltas)).toMatchObject([
      { aggregate: 'delayed', window: '1970-01-01T00:00', group: ['A'], values: { events: 1 } },
      { aggregate: 'daily', window: '1970-01-01T00:00', values: { events: 4 } },
    ]);
    expect(add(deltas, { delay: 1 })).toMatchObject({ reason: 'group' });
    expect(deltas.cells).toBe(2);
  });

  test('is looked at for each event anew', () => {
    const deltas = new BatchDeltas(filtered);
    for (const delay of [0, 3, 0, 5, -1]) add(deltas, { origin: 'A', delay });
    expect(rows(deltas)).toMatchObject([{ group: ['A'], values: { worst: 5 } }]);
  });

  test('decides which aggregates an event can be late for', () => {
    const deltas = new BatchDeltas(pipeline);
    // The hour is over, the day is not.
    expect(add(deltas, { origin: 'A', delay: 5 }, 0, HOUR)).toBe('late');
    expect(add(deltas, { origin: 'A', delay: 0 }, 0, HOUR)).toBe('on_time');
    // An event of no aggregate is late for none.
    expect(add(new BatchDeltas(filtered), { origin: 'A', delay: 0 }, 0, HOUR)).toBe('on_time');
    const expiring = pipelineOf({
      delayed: {
        groupBy: [],
        where: isDelayed,
        window: tumbling('1h', { retention: { '1h': '1h' } }),
        metrics: { events: count() },
      },
      early: {
        groupBy: [],
        where: (event: { delay: number }) => !isDelayed(event),
        window: tumbling('1h'),
        metrics: { events: count() },
      },
    });
    expect(add(new BatchDeltas(expiring), { delay: 5 }, 0, 3 * HOUR)).toBe('expired');
    expect(add(new BatchDeltas(expiring), { delay: 0 }, 0, 3 * HOUR)).toBe('late');
  });

  test('that throws sets the event aside, for all aggregates', () => {
    const thrower = () => {
      throw new TypeError('secret');
    };
    const deltas = new BatchDeltas(
      pipelineOf({
        all: { groupBy: [], window: tumbling('1h'), metrics: { events: count() } },
        some: { groupBy: [], where: thrower, window: tumbling('1h'), metrics: { events: count() } },
      }),
    );
    expect(add(deltas, {})).toEqual({
      reason: 'user_code',
      detail: "aggregates.some.where of the pipeline's definition threw TypeError; make it total",
    });
    expect([...deltas.deltas()]).toEqual([]);
  });
});
