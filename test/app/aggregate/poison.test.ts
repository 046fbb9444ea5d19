import { describe, expect, test } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import {
  ARRIVAL,
  ProcessDied,
  recordOf,
  recordOfEvents,
  SHARD,
  ShardWorld,
} from '../../support/shard-world.ts';
import { naiveRows, type Ping, ping, pingPipeline } from './pings.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DEADLY = 666;

/** A world where the process dies on each event of 666 ms, and on each record the text of which says so. */
function deadlyWorld(): ShardWorld {
  const world: ShardWorld = new ShardWorld(
    pingPipeline(({ millis }) => {
      if (millis === DEADLY) world.die();
    }),
  );
  world.tools = {
    ...recordTools,
    text: (bytes) => {
      const text = recordTools.text(bytes);
      if (text?.includes('dies when decoded')) world.die();
      return text;
    },
  };
  // Old enough to be suspected.
  world.now = ARRIVAL + 2 * MINUTE;
  return world;
}

/** Lambda's bisecting: after an exception, the halves; a record alone again and again, until it is counted. */
async function bisect(
  world: ShardWorld,
  records: readonly StreamRecord[],
  invocationsMax = 500,
): Promise<number> {
  const stack = [records];
  let deaths = 0;
  for (let invocations = 0; stack.length > 0; invocations++) {
    if (invocations === invocationsMax) throw new Error(`not done after ${invocations} invocations`);
    const batch = stack.pop() ?? [];
    try {
      const { firstUncommitted } = await world.run(batch);
      const left = batch.findIndex(({ sequence }) => sequence === firstUncommitted);
      if (left >= 0) stack.push(batch.slice(left));
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error;
      deaths += 1;
      const middle = batch.length >> 1;
      if (middle === 0) stack.push(batch);
      else stack.push(batch.slice(middle), batch.slice(0, middle));
    }
  }
  return deaths;
}

const good: readonly Ping[] = Array.from({ length: 12 }, (_, i) => ping(i, 'abc'[i % 3], i));
const deadly = ping(5, 'x', DEADLY);

describe('an event that kills the function', () => {
  test.each([0, 2, 4])(
    'is rejected after some attempts, as event %d of its record, and its neighbours count',
    async (place) => {
      const world = deadlyWorld();
      const middle = good.slice(4, 8).toSpliced(place, 0, deadly);
      const record = recordOfEvents(2, middle);
      const deaths = await bisect(world, [
        recordOfEvents(1, good.slice(0, 4)),
        record,
        recordOfEvents(3, good.slice(8)),
      ]);
      expect(deaths).toBeGreaterThanOrEqual(world.limits.crashAttemptsMax);
      expect(await world.rows()).toEqual(naiveRows(good));
      expect(world.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 13, aggregated: 12, invalid: 1 });
      expect(world.letters).toEqual([
        {
          pipeline: 'pings',
          shard: SHARD,
          sequence: record.sequence,
          event: place,
          arrival: ARRIVAL,
          rejection: {
            reason: 'crashed',
            detail: expect.stringMatching(/did not come back from it in 3 attempts/),
          },
          payload: JSON.stringify(deadly),
        },
      ]);
      expect(world.head).toMatchObject({ suspect: null, crashes: { since: world.now, count: 1 } });
    },
  );

  test('is begun by itself exactly as often as the limit says, and never again', async () => {
    let begun = 0;
    const world: ShardWorld = new ShardWorld(
      pingPipeline(({ millis }) => {
        if (millis !== DEADLY) return;
        begun += 1;
        world.die();
      }),
    );
    world.now = ARRIVAL + 2 * MINUTE;
    const record = recordOfEvents(1, [good[0], deadly, good[1]]);
    await bisect(world, [record]);
    // Once with its record, then by itself.
    expect(begun).toBe(1 + world.limits.crashAttemptsMax);
    world.newEnvironment();
    await world.run([record]);
    expect(begun).toBe(1 + world.limits.crashAttemptsMax);
  });

  test('before any is known: the record as a whole is rejected, with its bytes', async () => {
    const world = deadlyWorld();
    const record = recordOf(2, '"dies when decoded"');
    await bisect(world, [recordOfEvents(1, good.slice(0, 6)), record, recordOfEvents(3, good.slice(6))]);
    expect(await world.rows()).toEqual(naiveRows(good));
    expect(world.letters).toMatchObject([
      { sequence: record.sequence, event: null, rejection: { reason: 'crashed' }, payload: record.data },
    ]);
    expect(world.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 13, aggregated: 12, invalid: 1 });
  });

  test('also where the function throws on it, and its environment lives on', async () => {
    const pipeline = pingPipeline();
    const { validate } = pipeline.schema['~standard'];
    // A schema that is asynchronous, though for this event alone, is what the function does not foresee.
    const throwing = (value: unknown) =>
      (value as Partial<Ping>).millis === DEADLY ? Promise.resolve({ value }) : validate(value);
    const schema = { '~standard': { ...pipeline.schema['~standard'], validate: throwing } };
    const world = new ShardWorld({ ...pipeline, schema });
    world.now = ARRIVAL + 2 * MINUTE;
    const record = recordOfEvents(1, [...good.slice(0, 2), deadly, ...good.slice(2)]);
    for (let i = 0; i <= world.limits.crashAttemptsMax; i++) {
      await expect(world.run([record])).rejects.toThrow(TypeError);
    }
    expect(await world.run([record])).toMatchObject({ firstUncommitted: undefined });
    expect(await world.rows()).toEqual(naiveRows(good));
    expect(world.letters).toMatchObject([{ event: 2, rejection: { reason: 'crashed' } }]);
  });

  test('among several of them: each is found, and the others count', async () => {
    const world = deadlyWorld();
    const events = good.flatMap((each, i) => (i % 4 === 0 ? [deadly, each] : [each]));
    await bisect(world, [recordOfEvents(1, events)]);
    expect(await world.rows()).toEqual(naiveRows(good));
    expect(world.letters.map(({ event }) => event)).toEqual([0, 5, 10]);
    expect(world.head).toMatchObject({ suspect: null, crashes: { count: 3 } });
  });

  test('is not looked for in a record that nothing died of: that costs one write more, not two an event', async () => {
    const world = deadlyWorld();
    await world.run([recordOfEvents(1, good)]);
    expect(world.calls.filter((call) => call === 'writeHead')).toHaveLength(2);
    expect(world.head).toMatchObject({ rev: 2, suspect: null, ledger: { aggregated: 12 } });
  });

  test('is not suspected while it is young: an outage is likelier, and suspicion costs writes', async () => {
    const world = deadlyWorld();
    world.now = ARRIVAL + MINUTE;
    const record = recordOfEvents(1, [...good, deadly]);
    for (let i = 0; i < 10; i++) await expect(world.run([record])).rejects.toThrow(ProcessDied);
    expect(world.head.suspect).toBeNull();
    world.now += 1;
    await bisect(world, [record]);
    expect(await world.rows()).toEqual(naiveRows(good));
  });

  test('is not looked for in a batch of several records: those are cut first', async () => {
    const world = deadlyWorld();
    world.calls.length = 0;
    await world.run([recordOfEvents(1, good.slice(0, 6)), recordOfEvents(2, good.slice(6))]);
    expect(world.calls.filter((call) => call === 'writeHead')).toHaveLength(1);
  });
});

describe('more deaths than poison explains are a bug', () => {
  const records = Array.from({ length: 8 }, (_, i) => recordOfEvents(i + 1, [deadly, good[i] ?? ping(0)]));

  test('then events are held, and go on an hour later', async () => {
    const world = deadlyWorld();
    const { crashesPerHourMax } = world.limits;
    for (const record of records.slice(0, crashesPerHourMax)) await bisect(world, [record]);
    expect(world.letters).toHaveLength(crashesPerHourMax);
    const next = records[crashesPerHourMax];
    if (next === undefined) throw new Error('too few records');
    for (let i = 0; i <= world.limits.crashAttemptsMax; i++) {
      await expect(world.run([next])).rejects.toThrow(ProcessDied);
    }
    for (let i = 0; i < 5; i++) {
      expect(await world.run([next])).toMatchObject({
        unfinished: 'crash_limit',
        firstUncommitted: next.sequence,
      });
    }
    expect(world.letters).toHaveLength(crashesPerHourMax);
    expect(world.head.ledger.received).toBe(2 * crashesPerHourMax);
    world.now += HOUR;
    await bisect(world, records.slice(crashesPerHourMax));
    expect(world.letters).toHaveLength(records.length);
    expect(world.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 16, aggregated: 8, invalid: 8 });
    expect(world.head.crashes).toEqual({ since: world.now, count: 3 });
  });
});

describe('coming back in good order takes the suspicion back', () => {
  const record = recordOfEvents(1, good.slice(0, 3));

  /** Of a record that was never begun before, or of one on which a process died once. */
  async function worldOf(hasDied: boolean): Promise<ShardWorld> {
    const world = deadlyWorld();
    world.table.watch = {
      onHead: (_, __, { suspect }) => expect(suspect?.attempts ?? 0).toBeGreaterThanOrEqual(0),
    };
    if (!hasDied) return world;
    world.fault = (_, call) => {
      if (call === 'writeHead' && world.head.suspect !== null) world.die();
      return undefined;
    };
    await expect(world.run([record])).rejects.toThrow(ProcessDied);
    world.fault = () => undefined;
    return world;
  }

  test.each([
    ['before', false],
    ['before', true],
    ['after', false],
    ['after', true],
  ] as const)('from any one call that fails, %s it takes effect, however often', async (when, hasDied) => {
    const calm = await worldOf(hasDied);
    const callsBefore = calm.calls.length;
    await calm.run([record]);
    const calls = calm.calls.slice(callsBefore);
    // A write before, and the commit; or the decoding and each event by itself.
    expect(calls.filter((call) => call === 'writeHead')).toHaveLength(hasDied ? 1 + 3 * 2 : 2);
    for (let failing = 0; failing < calls.length; failing++) {
      const world = await worldOf(hasDied);
      for (let attempt = 0; attempt < 3 * world.limits.crashAttemptsMax; attempt++) {
        // Each attempt fails at that call of its own, if it comes so far.
        const first = world.calls.length;
        world.fault = (n) => (n === first + failing ? when : undefined);
        await world.run([record]);
        world.newEnvironment();
      }
      world.fault = () => undefined;
      await world.runUntilDone([record]);
      expect(world.letters).toEqual([]);
      expect(await world.rows()).toEqual(naiveRows(good.slice(0, 3)));
      expect(world.head.suspect).toBeNull();
    }
  });

  test.each([[false], [true]])(
    'from others who write the head in between, in every attempt (a process has died before: %s)',
    async (hasDied) => {
      const world = await worldOf(hasDied);
      // A writer that carries all on unchanged, as `close` does, comes after each beginning, before the commit.
      let isBegun = false;
      world.table.watch = {
        onHead: (_, before, after) => {
          isBegun =
            (after.suspect?.attempts ?? 0) >
            (before?.suspect?.event === after.suspect?.event ? (before?.suspect?.attempts ?? 0) : 0);
        },
      };
      world.fault = (_, call) => {
        if (call === 'writeHead' && isBegun)
          world.table.writeHead(SHARD, { ...world.head, rev: world.head.rev + 1 });
        return undefined;
      };
      for (let attempt = 0; attempt < 10; attempt++) {
        world.newEnvironment();
        await world.run([record]);
      }
      expect(world.letters).toEqual([]);
      expect(world.calls.filter((call) => call === 'writeHead')).toHaveLength(hasDied ? 2 + 1 + 3 * 3 : 3);
      expect(await world.rows()).toEqual(naiveRows(good.slice(0, 3)));
    },
  );

  test('from the dead-letter queue', async () => {
    const world = deadlyWorld();
    const bad = recordOf(1, '{"at":1}');
    world.fault = (_, call) => (call === 'send' ? 'before' : undefined);
    for (let i = 0; i < 10; i++) {
      expect(await world.run([bad])).toMatchObject({
        unfinished: 'throttled',
        firstUncommitted: bad.sequence,
      });
      expect(world.head.suspect).toBeNull();
    }
    world.fault = () => undefined;
    await world.run([bad]);
    expect(world.letters.map(({ rejection }) => rejection.reason)).toEqual(['schema']);
  });

  test('but only its own: what another invocation has begun stays begun', async () => {
    const world = deadlyWorld();
    const deadlyRecord = recordOfEvents(1, [deadly]);
    await expect(world.run([deadlyRecord])).rejects.toThrow(ProcessDied);
    const begun = world.head.suspect;
    expect(begun).toMatchObject({ event: null, attempts: 1 });
    world.fault = (_, call) => (call === 'readHead' || call === 'writeHead' ? 'before' : undefined);
    await world.run([deadlyRecord], undefined, new WarmCache());
    expect(world.head.suspect).toEqual(begun);
  });
});
