import { expect, test } from 'vitest';
import type { ScaleReport } from '#app/scale/scale-stream.ts';
import { keysIn, md5, OTHERS, ScaledRun } from './scaled-run.ts';

const splitsIn = (reports: readonly ScaleReport[]) =>
  reports.flatMap(({ moves }) => moves.filter(({ type }) => type === 'split'));

test('50 keys in one of four shards have 60 % of the load: no shard is above 1.3 times the mean, and every event counts once', async () => {
  const hot = keysIn('4567', 50);
  // 60 records of the 50 keys to 40 of others.
  const run = await ScaledRun.start([...hot, ...hot.slice(0, 10), ...OTHERS]);
  expect(await run.unevenness()).toBeGreaterThan(2.5);
  run.startPutting();
  const quietRuns = 3;
  const reports = await run.scaleUntil(async (all) => {
    const last = all.slice(-quietRuns);
    const isAtRest = last.length === quietRuns && splitsIn(last).length === 0;
    return isAtRest && (await run.unevenness()) <= 1.3;
  });
  const shards = (await run.shares()).length;
  expect(shards).toBeGreaterThan(6);
  expect(reports.flatMap(({ findings }) => findings)).toEqual([]);
  // What is put from now on is even, and stays so.
  expect(await run.unevenness()).toBeLessThanOrEqual(1.3);
  await run.stopPutting();
  // The load is gone: shards are merged, whether all of their events are counted by then or not.
  await run.scaleUntil(async () => (await run.shares()).length <= shards - 3);
  await run.putRound();
  await run.expectExact();
  console.log(
    `60 % in 50 keys: from 4 to ${shards} shards, then merged; ${run.events} events, all of them once`,
  );
}, 300_000);

test('one key has 60 % of the load: its hash is told, and no shard is split for it for ever', async () => {
  const key = keysIn('4567', 1)[0] ?? '';
  const run = await ScaledRun.start([...Array.from({ length: 60 }, () => key), ...OTHERS]);
  run.startPutting();
  const quietRuns = 6;
  const reports = await run.scaleUntil((all) => {
    const last = all.slice(-quietRuns);
    return (
      last.length === quietRuns &&
      new Set(last.map(({ shards }) => shards)).size === 1 &&
      last.every(({ findings, moves }) => moves.length === 0 && findings.length === 1)
    );
  });
  expect(reports.at(-1)?.findings).toMatchObject([{ type: 'hot_key', key: md5(key) }]);
  // The key's shard is hot for good, and there is room for more shards: none is made.
  expect((await run.shares()).length).toBeLessThan(12);
  const line = run.logs.find((each) => each.includes('hot_key')) ?? '';
  expect(line).toContain(md5(key));
  expect(line).not.toContain(key);
  await run.stopPutting();
  await run.expectExact();
}, 300_000);
