import { describe, expect, test } from 'vitest';
import { nodeCompression } from '#adapters/node-compression.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { repairPipeline } from '#app/repair/repair-pipeline.ts';
import type { RepairReport } from '#app/repair/repair-report.ts';
import { repairKeyOf } from '#core/degradation/repair-progress.ts';
import { isBalanced } from '#core/protocol/ledger.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { toPort } from '../../simulation/memory-table.ts';
import { ProcessDied, recordOfEvents, SHARD, type ShardWorld } from '../../support/shard-world.ts';
import { allHoles, naiveRows, type Order, order, orderPipeline } from './orders.ts';
import { counted, repairDepsOf } from './repair-world.ts';

const DEADLY = 666;
const HOUR_MS = 3_600_000;
const AGGREGATES = ['by_shop', 'in_all', 'by_item'] as const;

const good: readonly Order[] = Array.from({ length: 9 }, (_, i) =>
  order(i % 4, { shop: `s${i % 3}`, amount: i, isTest: true }),
);
const deadly = (change: Partial<Order> = {}) => order(2, { amount: DEADLY, isTest: true, ...change });

/** What was counted calmly, and kills whoever looks at it later: on events of 666, or in some record's bytes. */
class DeadlyWorld {
  readonly world: ShardWorld;
  readonly stream: readonly StreamRecord[];
  /** How often something deadly was begun. */
  deaths = 0;
  isDeadly = (value: unknown) => (value as Partial<Order>).amount === DEADLY;

  private constructor(world: ShardWorld, stream: readonly StreamRecord[]) {
    this.world = world;
    this.stream = stream;
  }

  /** `level`: what was left out of the records, each with a commit of its own or all in one. */
  static async of(level: 1 | 2, records: readonly (readonly Order[])[], isOneCommit = true) {
    const pipeline = orderPipeline();
    const { '~standard': standard } = pipeline.schema;
    let deadlyWorld: DeadlyWorld | undefined;
    const validate: typeof standard.validate = (value) => {
      deadlyWorld?.look(value);
      return standard.validate(value);
    };
    const streamed = records.map((events, i) => recordOfEvents(i + 1, events));
    const batches = isOneCommit ? [streamed] : streamed.map((record) => [record]);
    const { stream, world } = await counted(
      batches.map((batch) => [level, batch] as const),
      4000,
      { ...pipeline, schema: { '~standard': { ...standard, validate } } },
    );
    deadlyWorld = new DeadlyWorld(world, stream);
    return deadlyWorld;
  }

  look(value: unknown): void {
    if (!this.isDeadly(value)) return;
    this.deaths += 1;
    this.world.die();
  }

  repair(deadline = Number.POSITIVE_INFINITY): Promise<RepairReport> {
    return this.world.invoke(() => repairPipeline(repairDepsOf(this.world, this.stream), deadline));
  }

  /** As its schedule does: run after run, until one has nothing left. */
  async repairUntilDone(runsMax = 60, deadline?: number): Promise<RepairReport> {
    for (let run = 0; run < runsMax; run++) {
      try {
        const report = await this.repair(deadline);
        if (report.unfinished === undefined) return report;
      } catch (error) {
        if (!(error instanceof ProcessDied)) throw error;
      }
      await expectHonest(this);
    }
    throw new Error(`not done after ${runsMax} runs`);
  }

  get suspect() {
    return this.world.table.readHead(repairKeyOf(SHARD))?.suspect;
  }

  async answer(name: string) {
    const aggregate = this.world.pipeline.aggregates.find((each) => each.name === name);
    if (aggregate === undefined) throw new Error(`no aggregate ${name}`);
    return answerAggregate({ table: toPort(this.world.table), compression: nodeCompression }, aggregate);
  }
}

/** Whatever a run has died of: what is added is counted once, and the ledger is balanced. */
async function expectHonest({ world }: DeadlyWorld) {
  expect(isBalanced((await readLedger(toPort(world.table))).total)).toBe(true);
}

async function expectRows(dead: DeadlyWorld, orders: readonly Order[]) {
  for (const name of AGGREGATES) expect((await dead.answer(name)).rows).toEqual(naiveRows(name, orders));
  await expectHonest(dead);
}

describe('a held event that kills the function as it is repaired', () => {
  test.each([0, 2, 4])(
    'is a dead letter, as event %d of its record, and all others are added',
    async (at) => {
      const middle = good.slice(3, 7).toSpliced(at, 0, deadly());
      const dead = await DeadlyWorld.of(2, [good.slice(0, 3), middle, good.slice(7)]);
      await dead.repairUntilDone();
      await expectRows(dead, good);
      expect(dead.world.letters).toMatchObject([
        {
          sequence: dead.stream[1]?.sequence,
          event: at,
          payload: JSON.stringify(middle[at]),
          rejection: { reason: 'crashed', detail: expect.stringMatching(/in 3 attempts/) },
        },
      ]);
      const { total } = await readLedger(toPort(dead.world.table));
      expect(total).toMatchObject({ received: 10, aggregated: 9, invalid: 1, held: 0 });
      // With all others, then by itself as often as the limit says.
      expect(dead.deaths).toBe(1 + dead.world.limits.crashAttemptsMax);
      expect(dead.suspect).toBeNull();
      const again = await dead.repair();
      expect(again).toMatchObject({ heldRepaired: 0, oldestHoleMs: 0, unfinished: undefined });
      expect(dead.deaths).toBe(1 + dead.world.limits.crashAttemptsMax);
    },
  );

  test('also behind a record whose last event was never left out', async () => {
    const broken = { ...order(0), amount: 'no number' } as unknown as Order;
    const dead = await DeadlyWorld.of(2, [
      [...good.slice(0, 3), broken],
      [deadly(), ...good.slice(3)],
    ]);
    await dead.repairUntilDone();
    await expectRows(dead, good);
    expect(dead.world.letters.map(({ rejection }) => rejection.reason)).toEqual(['schema', 'crashed']);
    expect(dead.deaths).toBe(1 + dead.world.limits.crashAttemptsMax);
  });

  test('also where each run has time for one commit only', async () => {
    const dead = await DeadlyWorld.of(2, [good.slice(0, 3), [deadly(), ...good.slice(3)]]);
    await dead.repairUntilDone(60, 0);
    await expectRows(dead, good);
    expect(dead.world.letters).toHaveLength(1);
  });

  test('is found among several, in holes of their own', async () => {
    const dead = await DeadlyWorld.of(
      2,
      good.map((each, i) => (i % 3 === 0 ? [deadly(), each] : [each])),
      false,
    );
    await dead.repairUntilDone();
    await expectRows(dead, good);
    expect(dead.world.letters.map(({ event }) => event)).toEqual([0, 0, 0]);
  });

  test('in decoding it, with all that was held of its record: one letter of its bytes', async () => {
    const dead = await DeadlyWorld.of(2, [good.slice(0, 3), [deadly(), deadly()], good.slice(3)]);
    dead.isDeadly = () => false;
    dead.world.tools = {
      ...recordTools,
      text: (bytes) => {
        const text = recordTools.text(bytes);
        if (text?.includes(String(DEADLY))) dead.world.die();
        return text;
      },
    };
    await dead.repairUntilDone();
    await expectRows(dead, good);
    const record = dead.stream[1];
    expect(dead.world.letters).toMatchObject([
      { sequence: record?.sequence, event: null, payload: record?.data },
    ]);
    expect((await readLedger(toPort(dead.world.table))).total).toMatchObject({ invalid: 2, held: 0 });
  });

  test('where the function throws on it, and its environment lives on', async () => {
    const dead = await DeadlyWorld.of(2, [[...good.slice(0, 4), deadly(), ...good.slice(4)]]);
    const { schema } = dead.world.pipeline;
    const { validate } = schema['~standard'];
    // What the schema throws is an event's fault: an asynchronous one is what nobody foresees.
    Object.assign(schema['~standard'], {
      validate: (value: unknown) =>
        (value as Order).amount === DEADLY ? Promise.resolve({ value }) : validate(value),
    });
    for (let i = 0; i <= dead.world.limits.crashAttemptsMax; i++) {
      await expect(dead.repair()).rejects.toThrow(TypeError);
    }
    await dead.repairUntilDone();
    await expectRows(dead, good);
    expect(dead.world.letters).toHaveLength(1);
  });
});

test('a reduced event that kills the function is lost, not sent again: essential metrics have it', async () => {
  const orders = good.toSpliced(4, 0, deadly());
  const dead = await DeadlyWorld.of(1, [orders]);
  const report = await dead.repairUntilDone();
  expect(report.lost + dead.world.letters.length).toBeLessThanOrEqual(1);
  expect(dead.world.letters).toEqual([]);
  expect((await dead.answer('in_all')).rows).toEqual(naiveRows('in_all', orders));
  // What the window lacks for good, it says.
  expect(allHoles((await dead.answer('by_shop')).windows)).toEqual({ reduced: 1, held: 0 });
  expect((await readLedger(toPort(dead.world.table))).total).toMatchObject({
    received: 10,
    invalid: 0,
    held: 0,
  });
});

describe('more deaths than poison explains are a bug', () => {
  test('then nothing more is rejected, the hole stays open, and goes on an hour later', async () => {
    const dead = await DeadlyWorld.of(
      2,
      good.map((each) => [deadly(), each]),
      false,
    );
    const { crashesPerHourMax } = dead.world.limits;
    await expect(dead.repairUntilDone()).rejects.toThrow(/not done/);
    expect(dead.world.letters).toHaveLength(crashesPerHourMax);
    const { deaths } = dead;
    expect(await dead.repair()).toMatchObject({
      unfinished: 'crash_limit',
      oldestHoleMs: expect.any(Number),
    });
    expect(dead.deaths).toBe(deaths);
    dead.world.now += HOUR_MS;
    await dead.repairUntilDone();
    expect(dead.world.letters).toHaveLength(good.length);
    await expectRows(dead, good);
  });
});

describe('coming back in good order takes the suspicion back', () => {
  test.each(['before', 'after'] as const)(
    'from any one call that fails, %s it takes effect, however often, also where a run had died',
    async (when) => {
      for (const hasDied of [false, true]) {
        for (let failing = 0; failing < 40; failing++) {
          const dead = await DeadlyWorld.of(2, [good.slice(0, 2), good.slice(2, 4)]);
          if (hasDied) {
            dead.isDeadly = () => true;
            await expect(dead.repair()).rejects.toThrow(ProcessDied);
            expect(dead.suspect).toMatchObject({ event: null, attempts: 1 });
            dead.isDeadly = () => false;
          }
          let isReached = false;
          for (let attempt = 0; attempt < 3 * dead.world.limits.crashAttemptsMax; attempt++) {
            const first = dead.world.calls.length;
            dead.world.fault = (n) => {
              if (n !== first + failing) return undefined;
              isReached = true;
              return when;
            };
            await dead.repair().catch(() => {});
            dead.world.newEnvironment();
          }
          dead.world.fault = () => undefined;
          await dead.repairUntilDone();
          expect(dead.world.letters).toEqual([]);
          await expectRows(dead, good.slice(0, 4));
          expect(dead.suspect).toBeNull();
          if (!isReached) break;
        }
      }
    },
    60_000,
  );

  test('a calm run costs one write more, and one commit for holes that follow each other', async () => {
    const dead = await DeadlyWorld.of(
      2,
      good.map((each) => [each]),
      false,
    );
    const before = dead.world.calls.length;
    await dead.repair();
    const writes = dead.world.calls.slice(before).filter((call) => call === 'writeHead').length;
    // One commit of all holes, and two that fold what is left.
    expect(writes).toBe(1 + 1 + 2);
    expect(dead.suspect).toBeNull();
  });
});
