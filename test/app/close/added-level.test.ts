import { expect, test } from 'vitest';
import { count, definePipeline, tumbling } from 'weir';
import type { SchemaResult, StandardSchema } from '#core/pipeline/standard-schema.ts';
import { CloseWorld } from './close-world.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');

const schema: StandardSchema<unknown, { at: number }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value }) as SchemaResult<{ at: number }>,
  },
};

function define(rollup: string[]) {
  return definePipeline({
    name: 'sales',
    schema,
    eventTime: ({ at }: { at: number }) => at,
    allowedLateness: '5m',
    aggregates: { all: { groupBy: [], window: tumbling('10m', { rollup }), metrics: { sales: count() } } },
  });
}

const at = (minute: number) => ({ at: NOON + minute * MINUTE });

test('what came late in a window that was closed before its level was declared is not taken for all of it', async () => {
  const world = new CloseWorld(define([]), 1, NOON + 190 * MINUTE);
  await world.add(0, [at(1), at(15), at(70), at(130), at(190)]);
  world.put(0, [at(190)]);
  await world.close();
  await world.add(0, [at(2)]);
  const [later] = define(['1h']).aggregates;
  const { rows } = await world.answer({ levelMs: 60 * MINUTE }, later);
  const counts = rows.map(({ windowStart, metrics }) => [(windowStart - NOON) / MINUTE, metrics['sales']]);
  // The hour from 60 was over before, and nothing makes a final of it any more.
  expect(counts).toEqual([
    [0, 3],
    [180, 2],
  ]);
});
