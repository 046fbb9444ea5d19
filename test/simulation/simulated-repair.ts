import { WarmCache } from '#app/aggregate/warm-cache.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { Table } from '#app/ports/table.ts';
import { repairPipeline } from '#app/repair/repair-pipeline.ts';
import type { RepairReport } from '#app/repair/repair-report.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { environmentTable } from './environment-table.ts';
import type { MemoryTable } from './memory-table.ts';
import type { Mutant, RepairParts } from './mutants/mutant.ts';
import type { Oracle } from './oracle.ts';
import { Random } from './random.ts';
import { runScheduled, ScheduledRun } from './scheduled-run.ts';
import type { ServiceCalls } from './service-calls.ts';
import { STREAM } from './simulated-function.ts';
import { environmentDeadLetters, type SimulatedQueue } from './simulated-queue.ts';
import { ReadLog, simulatedStoredRecords, Trim } from './simulated-stored-records.ts';
import type { SimulatedStream } from './simulated-stream.ts';
import { simulatedStreamState } from './simulated-stream-state.ts';
import { storedCompression, storedRecordTools } from './stored-compression.ts';
import { START_MS, type World } from './world.ts';

/** What all parts of the simulation are that a run of `repair` meets. */
interface RepairWorld {
  readonly stream: SimulatedStream;
  readonly table: MemoryTable;
  readonly queue: SimulatedQueue;
  readonly calls: ServiceCalls;
  readonly oracle: Oracle;
  /** Of the versions that are deployed one after the other. */
  readonly pipelines: readonly [Pipeline, Pipeline];
  readonly mutant: Mutant | undefined;
}

/** An execution environment of the function: it remembers what it has begun. */
interface RepairEnvironment {
  readonly version: 0 | 1;
  readonly skewMs: number;
  readonly cache: WarmCache;
}

/** A run that is to leave nothing to be repaired. */
const LAST_RUN_MS_MAX = 10 * 60_000;
/** An event that kills them takes some, and with too many of those, an hour passes. */
const LAST_RUNS_MAX = 40;
const HOUR_MS = 3_600_000;
/** Less than what is taken for lag, with all that is on its way. */
const NO_LAG_MS_MAX = 6000;
/** Where there is nothing to repair, most of the runs would only cost time. */
const IDLE_TIMES = 6;

/** The function `repair` as its schedule runs it: each minute or so, at times twice at once, at times not at all. */
export class SimulatedRepair {
  readonly #world: World;
  readonly #parts: RepairWorld;
  readonly #random: Random;
  readonly #letters: Random;
  readonly #trim: Trim;
  readonly #environments: RepairEnvironment[] = [];
  #runs = 0;
  #isScheduled = true;
  #everyMs: number;

  constructor(world: World, parts: RepairWorld) {
    this.#world = world;
    this.#parts = parts;
    this.#random = new Random(world.plan.seed, 'repair');
    this.#trim = new Trim(world);
    this.#everyMs = world.plan.levels?.repairEveryMs ?? 0;
    this.#letters = new Random(world.plan.seed, "repair's letters");
  }

  /** Begins the schedule, and plans the runs beside it. */
  start(): void {
    const { clock, plan, strikes } = this.#world;
    const { levels } = plan;
    if (levels === undefined) return;
    if (levels.repairFromMs > 0) strikes.add('repair_paused');
    const next = () => {
      if (!this.#isScheduled) return;
      this.#begin();
      clock.in(this.#isIdle ? IDLE_TIMES * this.#everyMs : this.#everyMs, next);
    };
    clock.at(START_MS + levels.repairFromMs + levels.repairEveryMs, next);
    for (let i = 0; i < levels.repairs; i++) {
      const atMs = this.#random.int(levels.repairFromMs, levels.repairFromMs + plan.putForMs);
      clock.at(START_MS + atMs, () => void this.run(levels.repairTimeoutMs));
    }
  }

  /** Whether levels must come down: canaries come through, and clocks are right, so that there is no lag. */
  get mustCalmDown(): boolean {
    const { batchingWindowMs, closeTimeoutMs, latencyMs, levels, rates, skewMs } = this.#world.plan;
    const isTimed = skewMs + batchingWindowMs <= NO_LAG_MS_MAX && rates.clock_jump === 0;
    const isFast = closeTimeoutMs >= (latencyMs > 30 ? 300_000 : 20_000);
    return levels?.canaries === true && isTimed && isFast;
  }

  /** Whether no open shard leaves out anything any more. */
  get isCalm(): boolean {
    const { stream, table } = this.#parts;
    return stream.open.every(({ id }) => !table.readHead({ stream: STREAM, shard: id })?.load.level);
  }

  /** The schedule begins runs no more often than that from now on. */
  slowDown(everyMs: number): void {
    this.#everyMs = Math.max(this.#everyMs, everyMs);
  }

  /** Ends the schedule. Runs that are under way go on. */
  stop(): void {
    this.#isScheduled = false;
  }

  /** After the last fault, when nothing is left to be counted: what is left to be repaired is. */
  async finish(): Promise<void> {
    const { oracle } = this.#parts;
    if (this.#world.plan.levels === undefined) return;
    let report: RepairReport | undefined;
    for (let i = 0; i < LAST_RUNS_MAX && this.#world.failure === undefined; i++) {
      report = await this.run(LAST_RUN_MS_MAX);
      if (report !== undefined && report.unfinished === undefined) break;
      if (report?.unfinished === 'crash_limit') await this.#wait(HOUR_MS);
    }
    if (this.#world.failure !== undefined) return;
    oracle.repairs.checkEnd();
    if (report?.unfinished !== undefined || report?.oldestHoleMs !== 0)
      this.#world.fail(`in the end, a repair says ${JSON.stringify(report)}`);
  }

  /** One run; resolves when it is over, with what it reports, if it does. */
  async run(timeoutMs: number): Promise<RepairReport | undefined> {
    const world = this.#world;
    const { clock, plan } = world;
    this.#runs += 1;
    const run = new ScheduledRun(`repair ${this.#runs}`);
    const environment = this.#acquire();
    const { cache, skewMs, version } = environment;
    const log = new ReadLog();
    const now = () => clock.nowMs + skewMs;
    const deps = {
      ...this.#partsOf(run, log),
      pipeline: this.#parts.pipelines[version],
      compression: storedCompression,
      tools: storedRecordTools,
      lookups: undefined,
      limits: plan.limits[version],
      cache,
      now,
    };
    let reported: RepairReport | undefined;
    const deadline = now() + timeoutMs / 2;
    await runScheduled(
      world,
      run,
      timeoutMs,
      () => repairPipeline(deps, deadline),
      (report) => {
        reported = report;
        this.#onReport(run, report);
      },
      (error) => this.#onError(run, error),
    );
    if (run.isAlive) {
      this.#parts.oracle.repairs.onEnd(run);
      this.#environments.push(environment);
    }
    return reported;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#world.clock.in(ms, resolve));
  }

  /** An idle environment, or a new one of the version that is deployed. */
  #acquire(): RepairEnvironment {
    const { clock, plan } = this.#world;
    const idle = this.#environments.pop();
    if (idle !== undefined && !this.#random.chance(0.2)) return idle;
    const isDeployed = clock.nowMs >= START_MS + plan.deploymentMs && this.#random.chance(0.8);
    const skewMs = this.#random.int(-plan.skewMs, plan.skewMs);
    return { version: isDeployed ? 1 : 0, skewMs, cache: new WarmCache() };
  }

  /** Whether there is nothing to repair. */
  get #isIdle(): boolean {
    return this.#parts.oracle.truths().every(({ left }) => left.isRepaired);
  }

  /** A run that the schedule begins; it may not come, or come twice. */
  #begin(): void {
    const { clock, dice, plan } = this.#world;
    const timeoutMs = plan.levels?.repairTimeoutMs ?? 0;
    if (dice.strikes('repair_missed', this.#random)) return;
    void this.run(timeoutMs);
    if (dice.strikes('repair_twice', this.#random))
      clock.in(this.#random.int(0, 2000), () => void this.run(timeoutMs));
  }

  #onReport(run: ScheduledRun, report: RepairReport): void {
    const { strikes } = this.#world;
    const { heldRepaired, invalid, lost, reducedRepaired, unfinished } = report;
    if (unfinished === 'conflict') strikes.add('repair_conflict');
    if (unfinished === 'deadline') strikes.add('repair_deadline');
    if (unfinished === 'lag') strikes.add('repair_waits');
    this.#parts.oracle.repairs.onReport(run.name, report);
    this.#world.trace(
      `${run.name} ends: ${unfinished ?? 'done'}, ${heldRepaired} held, ${reducedRepaired} reduced, ${invalid} invalid, ${lost} lost`,
    );
  }

  #onError(run: ScheduledRun, error: unknown): void {
    const { strikes } = this.#world;
    if (!(error instanceof DependencyError))
      this.#world.fail(`${run.name} threw ${error instanceof Error ? error.stack : String(error)}`);
    strikes.add('repair_failed');
    this.#world.trace(`${run.name} fails: ${String(error)}`);
  }

  #partsOf(run: ScheduledRun, log: ReadLog): RepairParts {
    const world = this.#world;
    const { calls, mutant, oracle, queue, stream, table: memory } = this.#parts;
    const { heads = true, ...conditions } = mutant?.repairConditions ?? {};
    const table: Table = {
      ...environmentTable(calls, run, memory, conditions),
      writeHead: (shard, head) =>
        calls.make(run, {
          service: 'table',
          what: `writes head ${head.rev} of ${shard.shard}`,
          isWrite: true,
          effect: () => oracle.repairs.by(run.name, log, () => memory.writeHead(shard, head, heads)),
        }),
    };
    const parts: RepairParts = {
      table,
      stream: simulatedStreamState(world, calls, run, stream, this.#random, () => {}),
      records: simulatedStoredRecords(world, calls, run, stream, this.#trim, log),
      deadLetters: environmentDeadLetters(world, calls, run, queue, this.#letters),
    };
    return mutant?.repair?.(parts, memory) ?? parts;
  }
}
