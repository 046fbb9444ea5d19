import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import { recordOf, recordOfEvents, SHARD, ShardWorld } from '../../support/shard-world.ts';
import { naiveRows, type Ping, ping, pingPipeline, recordsOf } from './pings.ts';

const pipeline = pingPipeline();
/** As many groups in as many windows as there are pings. */
const apart: readonly Ping[] = Array.from({ length: 40 }, (_, i) => ping(i, `host-${i}`, i));

describe('a batch that is too much for one commit is committed in parts:', () => {
  test('by the groups that a commit adds', async () => {
    const world = new ShardWorld(pipeline);
    // Each ping is a group of two aggregates, though nearly always the same one of the second.
    world.limits = { ...world.limits, cellsMax: 10 };
    const report = await world.run(recordsOf(apart, 40));
    expect(report).toMatchObject({ commits: 5, firstUncommitted: undefined });
    expect(await world.rows()).toEqual(naiveRows(apart));
    expect(world.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 40, aggregated: 40 });
  });

  test('by the size of the head, which never grows beyond its cap', async () => {
    const world = new ShardWorld(pipeline);
    world.limits = { ...world.limits, headBytesMax: 2048, pendingBytesSoft: 1024 };
    const sizes: number[] = [];
    for (const records of [recordsOf(apart.slice(0, 25), 5), recordsOf(apart.slice(25), 15, 100)]) {
      const report = await world.run(records);
      expect(report.firstUncommitted).toBeUndefined();
      expect(report.commits).toBeGreaterThan(1);
      sizes.push(report.headBytes);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2048);
    expect(await world.rows()).toEqual(naiveRows(apart));
  });

  test('by the payloads that are rejected, however small each is', async () => {
    const world = new ShardWorld(pipeline);
    world.limits = { ...world.limits, letterBytesMax: 10_000 };
    const report = await world.run([
      recordOf(1, '0\n'.repeat(100)),
      recordOf(2, `"${'x'.repeat(20_000)}"`),
      recordOf(3, '1'),
    ]);
    expect(report).toMatchObject({ ledger: { ...EMPTY_LEDGER, received: 102, invalid: 102 } });
    // 20 or so of the first record in each, then the rest of it with the large one, then the last.
    expect(report.commits).toBeGreaterThanOrEqual(6);
    expect(world.letters).toHaveLength(102);
  });

  test('inside a record: its other events come with the next commit, or the next invocation', async () => {
    const world = new ShardWorld(pipeline);
    world.limits = { ...world.limits, cellsMax: 6, commitReserveMs: 10_000 };
    const record = recordOfEvents(1, apart);
    // Time is up from the beginning: the invocation makes one commit and hands the rest back.
    const report = await world.run([record], world.now);
    expect(report).toMatchObject({ commits: 1, unfinished: 'deadline', firstUncommitted: record.sequence });
    const { events } = world.head.position;
    expect(events).toBe(report.ledger.received);
    expect(events).toBeGreaterThan(0);
    expect(events).toBeLessThan(40);
    expect(await world.rows()).toEqual(naiveRows(apart.slice(0, events ?? 0)));
    world.newEnvironment();
    await world.runUntilDone([record]);
    expect(world.head.position).toEqual({ sequence: record.sequence, events: null });
    expect(await world.rows()).toEqual(naiveRows(apart));
  });

  test('by the time that is left, which is looked at while a chunk is gathered', async () => {
    const world = new ShardWorld(pipeline);
    const many = Array.from({ length: 5000 }, (_, i) => ping(i % 3, 'a', 1));
    const records = recordsOf(many, 100);
    let seen = 0;
    const slow = pingPipeline(() => {
      seen += 1;
      world.now += 1;
    });
    const slowWorld = Object.assign(world, { pipeline: slow });
    const report = await slowWorld.run(records, world.now + world.limits.commitReserveMs + 2500);
    expect(report).toMatchObject({ unfinished: 'deadline', commits: 1 });
    // Looked at every thousand events: the third look finds it late.
    expect(report.ledger.received).toBe(2999);
    expect(seen).toBe(2999);
    expect(report.firstUncommitted).toBe(records[29]?.sequence);
    await slowWorld.runUntilDone(records);
    expect(await world.rows()).toEqual(naiveRows(many));
  });
});

describe('a head that is full', () => {
  test('is folded by a commit that counts nothing, and the event comes after it', async () => {
    const world = new ShardWorld(pipeline);
    // Names that don't compress, all in one window: two of them fill the head, and nothing is folded of itself.
    const hash = (text: string) => createHash('sha512').update(text).digest('base64');
    const name = (i: number) => Array.from({ length: 5 }, (_, part) => hash(`${i}/${part}`)).join('');
    const wide = Array.from({ length: 7 }, (_, i) => ping(0, name(i), i));
    world.limits = { ...world.limits, headBytesMax: 1024 + 1000, pendingBytesSoft: 1_000_000 };
    const heads: [received: number, n: number, folds: number][] = [];
    world.table.watch = {
      onHead: (_, __, { ledger, n, pending }) => {
        heads.push([ledger.received, n, pending.filter(({ fold }) => fold).length]);
      },
    };
    const report = await world.run([recordOfEvents(1, wide)]);
    expect(report.firstUncommitted).toBeUndefined();
    expect(report.folds).toBeGreaterThan(0);
    expect(heads.slice(0, 4)).toEqual([
      [1, 1, 0],
      [2, 2, 0],
      [2, 2, 2],
      [4, 3, 0],
    ]);
    expect(await world.rows()).toEqual(naiveRows(wide));
    expect(world.head.ledger.received).toBe(7);
  });

  test('of one event that alone is beyond the cap is written all the same', async () => {
    const world = new ShardWorld(pipeline);
    world.limits = { ...world.limits, headBytesMax: 1100 };
    await world.runUntilDone(recordsOf(apart.slice(0, 3), 3));
    expect(await world.rows()).toEqual(naiveRows(apart.slice(0, 3)));
  });
});

test('a record that now decodes to fewer events than were counted of it holds nothing up', async () => {
  const world = new ShardWorld(pipeline);
  const [first, second] = [recordOfEvents(1, apart.slice(0, 2)), recordOfEvents(2, apart.slice(2, 4))];
  await world.run([recordOfEvents(0, [])]);
  world.table.writeHead(SHARD, {
    ...world.head,
    rev: world.head.rev + 1,
    position: { sequence: first.sequence, events: 7 },
  });
  world.newEnvironment();
  expect(await world.run([first])).toMatchObject({ firstUncommitted: undefined });
  await world.runUntilDone([first, second]);
  expect(await world.rows()).toEqual(naiveRows(apart.slice(2, 4)));
});
