import { describe, expect, test } from 'vitest';
import { count, definePipeline, max, sum, tumbling } from 'weir';
import * as z from 'zod';
import type { EpochMs, SequenceNumber } from '#core/brand.ts';
import { decodeHole, HELD, KEPT, type Mark, REDUCED } from '#core/degradation/hole.ts';
import { HoleBuilder } from '#core/degradation/hole-builder.ts';
import { isReducible, levelsOf } from '#core/degradation/ladder.ts';
import { rawDeflate } from '../raw-deflate.ts';

const essential = { essential: true };
const METRICS = { orders: count(essential), amount: sum('amount'), largest: max('amount') };

function pipelineOf(metrics: object = METRICS, more: object = { capacity: { eventsPerSecond: 100 } }) {
  return definePipeline({
    name: 'orders',
    schema: z.object({ shop: z.string(), amount: z.number() }),
    eventTime: () => 0,
    aggregates: {
      by_shop: { groupBy: ['shop'], window: tumbling('1h'), metrics: metrics as typeof METRICS },
      all: { groupBy: [], window: tumbling('1h'), metrics: { orders: count(essential) } },
    },
    ...more,
  });
}

const sequence = (number: number) => String(number) as SequenceNumber;
const last = { sequence: sequence(9), events: 1 };

function holeOf(events: readonly (readonly [record: number, event: number, mark: Mark])[]) {
  const builder = new HoleBuilder(pipelineOf());
  for (const [record, event, mark] of events)
    builder.add(sequence(record), event, (1000 * record + event) as EpochMs, mark);
  return builder.hole(last, rawDeflate);
}

describe('a hole', () => {
  test('says where it begins and ends, and what became of which events of which records', () => {
    const hole = holeOf([
      [7, 2, KEPT],
      [7, 3, REDUCED],
      [8, 0, HELD],
      [9, 0, REDUCED],
      [9, 1, REDUCED],
    ]);
    expect(hole).toMatchObject({
      ...{ first: { sequence: '7', event: 2 }, last, arrival: 7002, reduced: 3, held: 1 },
    });
    const pipeline = pipelineOf();
    expect(decodeHole(hole?.bytes ?? expect.fail('no hole'), rawDeflate)).toEqual({
      aggregates: [
        { name: 'by_shop', generation: pipeline.aggregates[0]?.generation, leftOut: ['amount', 'largest'] },
        { name: 'all', generation: pipeline.aggregates[1]?.generation, leftOut: [] },
      ],
      recordEvents: [2, 1, 2],
      marks: [KEPT, REDUCED, HELD, REDUCED, REDUCED],
    });
  });

  test('is none where nothing was left out, or nothing came', () => {
    expect(holeOf([])).toBeNull();
    expect(
      holeOf([
        [7, 0, KEPT],
        [8, 0, KEPT],
      ]),
    ).toBeNull();
    expect(holeOf([[7, 0, HELD]])).toMatchObject({ reduced: 0, held: 1 });
  });
});

describe('the levels that a definition has', () => {
  const capacity = { eventsPerSecond: 100 };
  const priority = () => 'low' as const;

  test('are none without a capacity', () => {
    expect(levelsOf({ ...pipelineOf(METRICS, { capacity, priority }), capacity: null })).toEqual([0]);
  });

  test('are the first where some metrics are essential and some are not, the second where events have a priority', () => {
    expect(levelsOf(pipelineOf(METRICS, { capacity }))).toEqual([0, 1]);
    expect(levelsOf(pipelineOf(METRICS, { capacity, priority }))).toEqual([0, 1, 2]);
    expect(levelsOf(pipelineOf({ orders: count(essential) }, { capacity, priority }))).toEqual([0, 2]);
    // One metric of one aggregate is enough.
    const pipeline = pipelineOf(METRICS, { capacity });
    const plain = pipelineOf({ orders: count(), more: count(essential) }, { capacity }).aggregates.slice(
      0,
      1,
    );
    expect(levelsOf({ ...pipeline, aggregates: plain })).toEqual([0, 1]);
    const others = plain.map((each) => ({ ...each, metrics: each.metrics.filter((m) => !m.essential) }));
    expect(levelsOf({ ...pipeline, aggregates: [...plain, ...others] })).toEqual([0, 1]);
    expect(levelsOf({ ...pipeline, aggregates: others })).toEqual([0]);
  });

  test('an aggregate can be reduced where not all of its metrics are essential', () => {
    expect(pipelineOf().aggregates.map(isReducible)).toEqual([true, false]);
  });
});
