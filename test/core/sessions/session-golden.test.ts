import { expect, test } from 'vitest';
import { count, definePipeline, session, sum } from 'weir';
import { BatchDeltas } from '#core/batch/batch-deltas.ts';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import type { SessionWindow } from '#core/pipeline/pipeline.ts';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';
import { SessionJoiner } from '#core/sessions/session-joiner.ts';
import { noCompression } from '../raw-deflate.ts';

/*
 * A pane of sessions as it lies in tables from the first release that has them: it must be read for good. It is a block of
 * version 1 with two columns of its own.
 */
const STORED = [
  '810406636c69636b7305636f756e74016e0373756d06246669727374036d696e05246c617374036d6178020003616e6e0003',
  '626f6202010101010000000000000c400000000000001c400000c0a90700fedcdb01c0a907',
].join('');

const GAP = 30 * 60_000;
const PANE = (983_040 * GAP) as WindowStart;

const schema: StandardSchema<unknown, { at: number; user: string; n: number }> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as never }) },
};
const pipeline = definePipeline({
  name: 'clicks',
  schema,
  eventTime: ({ at }) => at,
  aggregates: {
    visits: {
      groupBy: ['user'],
      window: session({ gap: '30m' }),
      metrics: { clicks: count(), n: sum('n') },
    },
  },
});

test('a stored pane is read: its values, and when its first and last events were', () => {
  const table = decodeGroups(new Uint8Array(Buffer.from(STORED, 'hex')), noCompression);
  const joiner = new SessionJoiner(pipeline.aggregates[0]?.window as SessionWindow, {
    from: 0,
    to: Infinity,
  });
  joiner.take({ start: PANE, table, late: new Set() });
  expect([...joiner.sessions()].map(({ group, start, end, values }) => [group, start, end, values])).toEqual([
    // Two clicks, of 1 and 2.5, in the pane's first and last milliseconds; the two columns are among the values.
    ['ann', PANE, PANE + GAP - 1 + GAP, [2, 3.5, 0, GAP - 1]],
    ['bob', PANE + 60_000, PANE + 60_000 + GAP, [1, 7, 60_000, 60_000]],
  ]);
});

test('the same events are still written as the same bytes', () => {
  const deltas = new BatchDeltas(pipeline);
  for (const [user, offset, n] of [
    ['bob', 60_000, 7],
    ['ann', GAP - 1, 2.5],
    ['ann', 0, 1],
  ] as const)
    deltas.add({ event: { at: PANE + offset, user, n }, time: (PANE + offset) as EpochMs }, null);
  const [delta] = deltas.deltas();
  expect(delta?.key.windowStart).toBe(PANE);
  expect(delta && Buffer.from(encodeGroups(delta.table, noCompression)).toString('hex')).toBe(STORED);
});
