import { WarmCache } from '#app/aggregate/warm-cache.ts';
import { EnvironmentPool } from './environment-pool.ts';
import { environmentTable } from './environment-table.ts';
import { expireBlocks, expired } from './expire-blocks.ts';
import { ForeignWriter } from './foreign-writer.ts';
import { GuardedCalls } from './guarded-calls.ts';
import { explainHoldUp } from './hold-up-check.ts';
import { MemoryTable, toPort } from './memory-table.ts';
import type { Mutant } from './mutants/mutant.ts';
import { Oracle } from './oracle.ts';
import { PipelineVersions } from './pipeline-versions.ts';
import { type Cut, drawPlan } from './plan.ts';
import { Producer } from './producer.ts';
import { Random } from './random.ts';
import { ServiceCalls } from './service-calls.ts';
import { SimulatedClose } from './simulated-close.ts';
import { SimulatedFunction } from './simulated-function.ts';
import { simulatedLineage } from './simulated-lineage.ts';
import { NO_LOOKUPS, simulatedLookups } from './simulated-lookups.ts';
import { SimulatedMapping } from './simulated-mapping.ts';
import { simulatedPipeline } from './simulated-pipeline.ts';
import { environmentDeadLetters, SimulatedQueue } from './simulated-queue.ts';
import { SimulatedReader } from './simulated-reader.ts';
import { SimulatedRepair } from './simulated-repair.ts';
import { realEvents, SimulatedStream } from './simulated-stream.ts';
import { START_MS, World } from './world.ts';

/** How one seed went. */
export interface RunResult {
  readonly seed: number;
  /** What was wrong; `undefined` where nothing was. */
  readonly failure: string | undefined;
  readonly strikes: ReadonlyMap<string, number>;
  readonly simulatedMs: number;
  readonly happenings: number;
  readonly records: number;
  readonly events: number;
  readonly commits: number;
  /** Answers that readers got and that were checked. */
  readonly answers: number;
}

export interface RunOptions extends Cut {
  readonly mutant?: Mutant | undefined;
  readonly trace?: (line: string) => void;
}

/** Where the first sequence number is: of few digits, of 56 as Kinesis gives them, and just before it gets longer. */
const FIRST_SEQUENCES = [
  0n,
  49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n,
  10n ** 56n - 500n,
];
/** Near enough for doubles to be the same, and far. */
const SEQUENCE_STEPS = [1n, 7n, 10n ** 12n];

/** How soon after the last fault everything must be counted. */
const CALM_MS_MAX = 3_600_000;
/** The same where there is poison: with too much of it, a shard is held for an hour at a time; or lookups, a call each. */
const CALM_LONG_MS_MAX = 12 * 3_600_000;
const CALM_AFTER_MS = 60_000;
/** After everything is counted: what is still on its way may come. */
const SETTLE_MS = 10 * 60_000;
/** Two levels take three minutes each to leave, and a minute to measure what comes; canaries come each four minutes. */
const CALM_DOWN_MS_MAX = 30 * 60_000;
/** All that is left to be closed is closed in one run. */
const LAST_CLOSE_MS_MAX = 10 * 60_000;
const LAST_CLOSES = 3;
/** A run that has so many happenings goes round in circles. */
const HAPPENINGS_MAX = 200_000;

/** Runs one seed: the code under `lib/` as it is, on a stream, a mapping, a table and a queue that live in memory. */
export async function simulate(seed: number, options: RunOptions = {}): Promise<RunResult> {
  const plan = drawPlan(seed, options);
  const world = new World(plan, options.trace);
  const { clock, dice, strikes } = world;
  const { mutant } = options;
  const random = new Random(seed, 'simulate');
  if (plan.skewMs > 0) strikes.add('clock_skew');
  if (plan.lookups !== undefined && plan.lookups.outages.length > 0) strikes.add('reference_outage');
  if (plan.change !== undefined) strikes.add('definition_changed');
  if (plan.outage !== undefined) strikes.add('outage');
  if (plan.longOutage !== undefined) strikes.add('long_outage');
  if (plan.levels?.overload !== undefined) strikes.add('overload');
  if (plan.levels?.trim !== undefined) strikes.add('trim');
  if (plan.storedItems) strikes.add('stored_items');
  if (plan.limits[0] !== plan.limits[1]) strikes.add('deployment');
  if (plan.limits[0].headBytesMax < 5000) strikes.add('small_head');

  const calls = new ServiceCalls(world);
  const guarded = new GuardedCalls(world, calls, mutant?.isUnguarded === true);
  const table = new MemoryTable(plan.storedItems, () => clock.nowMs);
  const queue = new SimulatedQueue();
  const queueRandom = new Random(seed, 'queue');
  const stream = new SimulatedStream(plan.shards, random.pick(FIRST_SEQUENCES), random.pick(SEQUENCE_STEPS));
  const die = () => pool.strikePoison();
  const pipelines = [simulatedPipeline(plan, die, 0), simulatedPipeline(plan, die, 1)] as const;
  const versions = new PipelineVersions(pipelines);
  const lookups = simulatedLookups(world, mutant);
  let segments = 0;
  const oracle = new Oracle(world, stream, table, queue, versions, lookups?.check);
  const pool = new EnvironmentPool(world, (environment, version) => {
    const parts = {
      pipeline: versions.of(version),
      table: environmentTable(guarded, environment, table, mutant?.conditions),
      deadLetters: environmentDeadLetters(world, guarded, environment, queue, queueRandom),
      cache: new WarmCache(),
      lineage: simulatedLineage(guarded, environment, stream),
      newName: () => `segment ${++segments}`,
      version,
      ...(lookups?.partsOf(environment) ?? NO_LOOKUPS),
    };
    return mutant?.environment?.(parts, table) ?? parts;
  });
  const lambda = new SimulatedFunction(world, pool, oracle, mutant);
  const mapping = new SimulatedMapping(world, stream, lambda, mutant?.ignoresParents === true);
  const producer = new Producer(world, stream, mapping);
  const close = new SimulatedClose(world, versions, stream, table, calls, oracle, mutant);
  if (plan.levels?.canaries) close.mapping = mapping;
  const repair = new SimulatedRepair(world, { stream, table, queue, calls, oracle, pipelines, mutant });
  const reader = new SimulatedReader(world, versions, oracle);
  const readerTable = () => {
    const asked = environmentTable(calls, reader, table);
    return mutant?.readerTable?.(asked, table) ?? asked;
  };

  producer.start();
  mapping.discover();
  const calmMs = START_MS + Math.max(plan.putForMs, plan.longOutage?.toMs ?? 0) + CALM_AFTER_MS;
  const foreign = new ForeignWriter(world, table, stream);
  // Mostly when there is work: what happens in quiet hours meets nothing.
  const sometime = () =>
    random.chance(0.2) ? random.int(START_MS, calmMs) : random.pick(producer.burstsMs) + random.int(0, 5000);
  for (let i = 0; i < plan.reads; i++) clock.at(sometime(), () => void reader.ask(readerTable()));
  for (let i = 0; i < 8; i++) clock.at(sometime(), () => mapping.redeliver());
  for (let i = 0; i < 8; i++) clock.at(sometime(), () => foreign.write());
  for (let i = 0; i < plan.closes; i++) clock.at(sometime(), () => void close.run());
  const around = new Random(seed, 'around close');
  // Where it does most harm: as soon as it may be.
  oracle.closing.onFinalThrough = () =>
    clock.in(around.magnitude(1, 4000), () => expireBlocks(world, table, around));
  let closeEveryMs = plan.closeEveryMs;
  let isScheduled = true;
  const schedule = () => {
    if (!isScheduled) return;
    close.begin();
    if (around.chance(0.4)) clock.in(around.int(0, 3000), () => void reader.ask(readerTable()));
    clock.in(closeEveryMs, schedule);
  };
  clock.in(closeEveryMs, schedule);
  repair.start();
  clock.at(calmMs, () => {
    dice.isCalm = true;
    world.trace('no more faults');
  });

  const isDone = () => producer.put >= plan.records && oracle.truths().every((truth) => truth.isDone);
  const stuckMs =
    calmMs + (plan.rates.poison > 0 || plan.lookups !== undefined ? CALM_LONG_MS_MAX : CALM_MS_MAX);
  const isStuck = () => clock.happened > HAPPENINGS_MAX || clock.nowMs > stuckMs;

  await clock.run(() => world.failure !== undefined || (dice.isCalm && isDone()) || isStuck());
  if (world.failure === undefined && !isDone()) {
    const behind = oracle.truths().filter((truth) => !truth.isDone);
    const how = behind
      .map((truth) => `${truth.shard.id} at ${truth.counted} of ${truth.shard.events.length}`)
      .join(', ');
    world.fail(
      `the work does not end: ${how}, ${clock.happened} happenings, ${clock.nowMs - calmMs} ms after the last fault`,
    );
  }
  const settledMs = clock.nowMs + SETTLE_MS;
  await clock.run(() => world.failure !== undefined || clock.nowMs > settledMs || isStuck());
  const heldUp = isStuck() ? undefined : explainHoldUp(world, table);
  if (heldUp !== undefined) world.fail(heldUp);
  if (repair.mustCalmDown) {
    const calmDownMs = clock.nowMs + CALM_DOWN_MS_MAX;
    await clock.run(() => world.failure !== undefined || repair.isCalm || clock.nowMs > calmDownMs);
    if (!repair.isCalm) world.fail('levels do not go back to 0, though nothing comes but canaries');
  }
  closeEveryMs = Math.max(closeEveryMs, plan.afterwardsMs / 6);
  repair.slowDown(plan.afterwardsMs / 6);
  const afterwardsMs = clock.nowMs + plan.afterwardsMs;
  await clock.run(
    () => world.failure !== undefined || clock.nowMs > afterwardsMs || clock.happened > HAPPENINGS_MAX,
  );
  // Others have ended; what the dead have sent may still come, and be in the way of one run, but not of the next ones.
  isScheduled = false;
  close.mapping = undefined;
  repair.stop();
  const aloneMs = clock.nowMs + Math.max(plan.closeTimeoutMs, plan.levels?.repairTimeoutMs ?? 0);
  await clock.run(
    () =>
      world.failure !== undefined || (clock.nowMs > aloneMs && isDone()) || clock.happened > HAPPENINGS_MAX,
  );
  let isClosed = world.failure !== undefined;
  const closeToTheEnd = async (): Promise<void> => {
    await repair.finish();
    for (let run = 0; run < LAST_CLOSES; run++) await close.run(LAST_CLOSE_MS_MAX);
    isClosed = true;
  };
  if (!isClosed) void closeToTheEnd();
  await clock.run(() => isClosed);
  if (world.failure === undefined) {
    oracle.closing.checkEnd();
    await reader.checkAll(toPort(table));
    for (const { shard, block } of expired(plan, table)) table.deleteBlock(shard, block.key);
    await reader.checkAll(toPort(table));
  }

  const truths = oracle.truths();
  return {
    seed,
    failure: world.failure,
    strikes: strikes.counts,
    simulatedMs: clock.nowMs - START_MS,
    happenings: clock.happened,
    records: producer.put,
    events: truths.reduce((sum, { shard }) => sum + realEvents(shard), 0),
    commits: truths.reduce((sum, { steps }) => sum + steps.length - 1, 0),
    answers: reader.answers,
  };
}
