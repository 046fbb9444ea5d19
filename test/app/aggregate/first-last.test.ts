import { expect, test } from 'vitest';
import { definePipeline, first, last, tumbling } from 'weir';
import type { SchemaResult, StandardSchema } from '#core/pipeline/standard-schema.ts';
import { ARRIVAL, recordOfEvents, ShardWorld } from '../../support/shard-world.ts';

interface Reading {
  readonly at: number;
  readonly value: string;
}

const schema: StandardSchema<unknown, Reading> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) as SchemaResult<Reading> },
};
const pipeline = definePipeline({
  name: 'readings',
  schema,
  eventTime: ({ at }: Reading) => at,
  allowedLateness: '1h',
  aggregates: {
    hourly: {
      groupBy: [],
      window: tumbling('1h'),
      metrics: { first: first('value'), last: last('value') },
    },
  },
});

test('of events of one time, the first and the last in the stream count, whatever their values are', async () => {
  const at = ARRIVAL - 60_000;
  const values = ['m', 'z', 'a', 'k'];
  for (const split of [
    [0, 4],
    [1, 4],
    [2, 4],
    [3, 4],
  ] as const) {
    const world = new ShardWorld(pipeline);
    const [before] = split;
    const records = [values.slice(0, before), values.slice(before)]
      .filter((some) => some.length > 0)
      .map((some, i) =>
        recordOfEvents(
          i,
          some.map((value) => ({ at, value })),
        ),
      );
    for (const record of records) await world.runUntilDone([record]);
    const [row] = await world.rows();
    expect(row?.metrics).toEqual({ first: 'm', last: 'k' });
  }
});
