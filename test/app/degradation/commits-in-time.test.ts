import { expect, test } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { AGGREGATE_LIMITS } from '#app/aggregate/limits.ts';
import { recordOfEvents, ShardWorld } from '../../support/shard-world.ts';
import { order, orderPipeline } from './orders.ts';

const RECORDS = 10;
const EVENTS_A_RECORD = 1000;

/** A function that takes so long for each record: how many commits it makes of ten of them. */
async function commitsOf(recordMs: number): Promise<number> {
  const world = new ShardWorld(orderPipeline());
  world.tools = {
    ...recordTools,
    text: (bytes) => {
      world.now += recordMs;
      return recordTools.text(bytes);
    },
  };
  const events = Array.from({ length: EVENTS_A_RECORD }, () => order(0));
  const records = Array.from({ length: RECORDS }, (_, i) => recordOfEvents(i + 1, events));
  const report = await world.run(records);
  expect(report.firstUncommitted).toBeUndefined();
  expect(world.head.ledger).toMatchObject({ received: RECORDS * EVENTS_A_RECORD });
  return report.commits;
}

test('a function that takes long for its events commits some of them every few seconds: answers stay fresh, and levels are decided', async () => {
  expect(await commitsOf(1)).toBe(1);
  const workMs = 20_000;
  const commits = await commitsOf(workMs / RECORDS);
  expect(commits).toBeGreaterThanOrEqual(
    Math.floor(workMs / (AGGREGATE_LIMITS.commitMsMax + workMs / RECORDS)),
  );
  expect(commits).toBeLessThanOrEqual(Math.ceil(workMs / AGGREGATE_LIMITS.commitMsMax) + 1);
});
