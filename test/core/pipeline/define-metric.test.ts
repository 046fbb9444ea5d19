import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ByteReader,
  type ByteWriter,
  defineMetric,
  definePipeline,
  type MetricDefinition,
  tumbling,
} from 'weir';
import * as z from 'zod';
import { BatchDeltas } from '#core/batch/batch-deltas.ts';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs } from '#core/brand.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import type { GroupTable } from '#core/group-table.ts';
import { metricKind, useMetricKind } from '#core/metrics/metric-kinds.ts';
import { kindOfStates } from '#core/metrics/state-column.ts';
import { noCompression, rawDeflate } from '../raw-deflate.ts';

/** Flags of 32 bits that any event had. */
const flags = defineMetric<number>({
  kind: 'flags',
  input: 'number',
  empty: () => 0,
  add: (state, value) => (state | value) >>> 0,
  merge: (state, other) => (state | other) >>> 0,
  value: (state) => state,
  write: (out, state) => out.varint(state),
  read: (input) => input.varint('flags'),
});

/** The longest of strings, of several the first by code units; no longer than its parameter. */
const longest = defineMetric<string | null>({
  kind: 'longest',
  input: 'scalar',
  textUnitsMax: 100,
  explainParams: (params) =>
    params.length === 1 && Number(params[0]) > 0 ? undefined : 'takes the greatest length that is shown',
  empty: () => null,
  add: (state, value) => longer(state, String(value)),
  merge: (state, other) => (other === null ? state : longer(state, other)),
  // An empty one is stored as none is.
  value: (state, [shown]) => state?.slice(0, shown) || null,
  write: (out: ByteWriter, state) => out.text(state ?? ''),
  read: (input: ByteReader) => input.text('the longest') || null,
});

/** How many events, as so many minutes of the window. */
const perMinute = defineMetric<{ events: number }>({
  kind: 'per_minute',
  input: 'nothing',
  empty: () => ({ events: 0 }),
  add: (state) => {
    state.events += 1;
    return state;
  },
  merge: (state, { events }) => ({ events: state.events + events }),
  value: ({ events }, _, windowMs) => ({
    each: windowMs === undefined ? null : (events * 60_000) / windowMs,
  }),
  write: (out, { events }) => out.varint(events),
  read: (input) => ({ events: input.varint('a number of events') }),
});

function longer(a: string | null, b: string): string {
  if (a === null || b.length > a.length) return b;
  return b.length === a.length && b < a ? b : a;
}

const event = z.object({ at: z.number(), bits: z.number(), name: z.string().nullable() });
type Event = z.infer<typeof event>;

const pipeline = definePipeline({
  name: 'own',
  schema: event,
  eventTime: ({ at }) => at,
  aggregates: {
    all: {
      groupBy: [],
      window: tumbling('1h'),
      metrics: {
        flags: flags('bits'),
        odd: flags('bits', { where: ({ bits }: Event) => bits % 2 === 1 }),
        longest: longest('name', { params: [3] }),
        per_minute: perMinute(),
      },
    },
  },
});

function tableOf(events: readonly Event[]): GroupTable | undefined {
  const deltas = new BatchDeltas(pipeline);
  for (const each of events) expect(deltas.add({ event: each, time: 0 as EpochMs }, null)).toBe('on_time');
  return [...deltas.deltas()][0]?.table;
}

test('metrics of one’s own are aggregated, stored, merged and read like any other', () => {
  const events = fc.array(
    fc.record({
      at: fc.constant(0),
      bits: fc.nat({ max: 2 ** 32 - 1 }),
      name: fc.option(fc.string({ maxLength: 8 })),
    }),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(events, events, (a, b) => {
      const [table, other] = [tableOf(a), tableOf(b)];
      if (table === undefined || other === undefined) throw new Error('no events');
      const stored = decodeGroups(encodeGroups(other, rawDeflate), rawDeflate);
      stored.mergeFrom(table);
      const all = [...a, ...b];
      const or = (bits: readonly Event[]) => Number(bits.reduce((sum, each) => sum | BigInt(each.bits), 0n));
      const names = all.map(({ name }) => name).filter((name) => name !== null);
      const [name] = names.sort((x, y) => y.length - x.length || (x < y ? -1 : 1));
      // By the names of the metrics.
      expect(stored.values(0, 3_600_000)).toEqual([
        or(all),
        name?.slice(0, 3) || null,
        or(all.filter(({ bits }) => bits % 2 === 1)),
        { each: all.length / 60 },
      ]);
      expect(encodeGroups(stored, noCompression)).toEqual(
        encodeGroups(tableOf(all) ?? stored, noCompression),
      );
    }),
  );
});

test('their names and parameters are the kind, and their objects go with the pipeline', () => {
  const [aggregate] = pipeline.aggregates;
  expect(aggregate?.metrics.map(({ kind }) => kind)).toEqual(['flags', 'flags', 'longest(3)', 'per_minute']);
  expect(pipeline.ownKinds.map(({ kind }) => kind)).toEqual(['flags', 'longest', 'per_minute']);
  const { generation } = aggregate ?? {};
  const other = definePipeline({
    name: 'other',
    schema: event,
    eventTime: ({ at }) => at,
    aggregates: {
      all: { groupBy: [], window: tumbling('1h'), metrics: { longest: longest('name', { params: [4] }) } },
    },
  });
  expect(other.aggregates[0]?.generation).not.toBe(generation);
  expect(other.ownKinds.map(({ kind }) => kind)).toEqual(['longest']);
});

test('their parameters are checked', () => {
  const aggregates = { all: { groupBy: [], window: tumbling('1h'), metrics: { longest: longest('name') } } };
  expect(() =>
    definePipeline({ name: 'own', schema: event, eventTime: () => 0, aggregates } as never),
  ).toThrow(/aggregates\.all\.metrics\.longest: takes the greatest length that is shown/);
});

test('their values are as long as they say', () => {
  const deltas = new BatchDeltas(pipeline);
  const long = { at: 0, bits: 0, name: 'x'.repeat(101) };
  expect(deltas.add({ event: long, time: 0 as EpochMs }, null)).toMatchObject({
    reason: 'value',
    detail: "all.longest: 'name' has over 100 characters",
  });
});

test('they merge with their own kind only', () => {
  useMetricKind(kindOfStates<number, number>({ ...COUNTING, kind: 'one' }));
  useMetricKind(kindOfStates<number, number>({ ...COUNTING, kind: 'another' }));
  const [one, another] = [metricKind('one').newColumn(), metricKind('another').newColumn()];
  one.addRow();
  another.addRow();
  expect(() => one.merge(0, another, 0)).toThrow(TypeError);
});

const COUNTING: Omit<MetricDefinition<number, number>, 'kind'> = {
  input: 'number',
  empty: () => 0,
  add: (state) => state + 1,
  merge: (state, other) => state + other,
  value: (state) => state,
  write: (out, state) => out.varint(state),
  read: (input) => input.varint('a count'),
};

test('names that can not be, that Weir has or that are taken are refused', () => {
  const named = (kind: string) => () => defineMetric<number>({ ...COUNTING, kind, input: 'number' });
  for (const kind of ['', 'a(1)', 'a b', '1a', 'é', 'x'.repeat(65)]) {
    expect(named(kind)).toThrow(/a metric kind can't be called .*: use 1 to 64 letters/);
  }
  for (const kind of ['count', 'topK', 'flags']) {
    expect(named(kind)).toThrow(`there is a metric kind "${kind}" already; choose another name`);
  }
});

test('a block with a kind that was not made known says what to do', () => {
  const table = tableOf([{ at: 0, bits: 1, name: null }]);
  if (table === undefined) throw new Error('no table');
  const bytes = encodeGroups(table, noCompression);
  const foreign = Uint8Array.from(
    Buffer.from(Buffer.from(bytes).toString('latin1').replace('per_minute', 'per_minutf'), 'latin1'),
  );
  // The metric's name comes first, then that of its kind.
  const renamed = Buffer.from(bytes).toString('latin1').lastIndexOf('per_minute');
  const unknown = Uint8Array.from(bytes);
  unknown[renamed] = 'q'.charCodeAt(0);
  expect(decodeGroups(foreign, noCompression).layout[3]?.name).toBe('per_minutf');
  expect(() => decodeGroups(unknown, noCompression)).toThrow(CorruptError);
  expect(() => decodeGroups(unknown, noCompression)).toThrow(
    /import the pipeline before its blocks are read/,
  );
});

test('making a pipeline’s kinds known again takes the newer ones, and never Weir’s place', () => {
  const kind = (name: string, answer: number) =>
    kindOfStates<null, number>({
      kind: name,
      input: 'number',
      empty: () => null,
      add: () => null,
      merge: () => null,
      value: () => answer,
      write: () => {},
      read: () => null,
    });
  const block = Uint8Array.of(0x81, 1, 1, 0x6d, 5, ...Buffer.from('again'), 1, 0, 0);
  for (const answer of [1, 2]) {
    useMetricKind(kind('again', answer));
    expect(decodeGroups(block, noCompression).values(0)).toEqual([answer]);
  }
  expect(() => useMetricKind(kind('sum', 3))).toThrow(RangeError);
});
