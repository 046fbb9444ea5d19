import { closePipeline } from '#app/close/close-pipeline.ts';
import type { CloseReport } from '#app/close/close-report.ts';
import type { CloseDeps } from '#app/close/deps.ts';
import type { Announcements } from '#app/ports/announcements.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { ListedShard, StreamState } from '#app/ports/stream-state.ts';
import type { Table } from '#app/ports/table.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { EMPTY_REGISTRY, isSameShard } from '#core/protocol/registry.ts';
import { environmentTable } from './environment-table.ts';
import type { MemoryTable } from './memory-table.ts';
import type { CloseParts, Mutant } from './mutants/mutant.ts';
import type { Oracle } from './oracle.ts';
import { Random } from './random.ts';
import type { ServiceCalls } from './service-calls.ts';
import type { SimulatedStream } from './simulated-stream.ts';
import { simulatedStreamState } from './simulated-stream-state.ts';
import { storedCompression } from './stored-compression.ts';
import type { Caller, World } from './world.ts';

/** One run of `close`: it may die anywhere, and what it has sent comes all the same. */
class CloseRunner implements Caller {
  readonly isTimed = true;
  readonly name: string;
  isAlive = true;
  hasFailed = false;
  failures = 0;
  /** Told of its death. */
  onDeath: () => void = () => {};

  constructor(name: string) {
    this.name = name;
  }

  die(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.onDeath();
  }
}

/** The function `close` as its schedule runs it: each minute or so, at times twice at once, at times not at all. */
export class SimulatedClose {
  readonly #world: World;
  readonly #pipeline: Pipeline;
  readonly #stream: SimulatedStream;
  readonly #table: MemoryTable;
  readonly #calls: ServiceCalls;
  readonly #oracle: Oracle;
  readonly #mutant: Mutant | undefined;
  readonly #random: Random;
  #runs = 0;

  constructor(
    world: World,
    pipeline: Pipeline,
    stream: SimulatedStream,
    table: MemoryTable,
    calls: ServiceCalls,
    oracle: Oracle,
    mutant: Mutant | undefined,
  ) {
    this.#world = world;
    this.#pipeline = pipeline;
    this.#stream = stream;
    this.#table = table;
    this.#calls = calls;
    this.#oracle = oracle;
    this.#mutant = mutant;
    this.#random = new Random(world.plan.seed, 'close');
  }

  /** A run that the schedule begins; it may not come, or come twice. */
  begin(): void {
    const { dice, clock } = this.#world;
    if (dice.strikes('close_missed', this.#random)) return;
    void this.run();
    if (dice.strikes('close_twice', this.#random)) clock.in(this.#random.int(0, 2000), () => void this.run());
  }

  /** One run; resolves when it is over, whatever became of it. */
  run(timeoutMs = this.#world.plan.closeTimeoutMs): Promise<void> {
    const world = this.#world;
    const { clock, plan, strikes } = world;
    this.#runs += 1;
    const runner = new CloseRunner(`close ${this.#runs}`);
    const skewMs = this.#random.int(-plan.skewMs, plan.skewMs);
    return new Promise((resolve) => {
      const timeout = clock.in(timeoutMs, () => runner.die());
      const end = () => {
        timeout.run = undefined;
        runner.onDeath = () => {};
        resolve();
      };
      runner.onDeath = () => {
        strikes.add('death');
        world.trace(`${runner.name} dies`);
        end();
      };
      const deps = this.#deps(runner, () => clock.nowMs + skewMs);
      world.running = runner;
      world.trace(`${runner.name} begins`);
      const deadline = clock.nowMs + skewMs + timeoutMs / 2;
      const onReport = (report: CloseReport): void => {
        if (!runner.isAlive) return;
        this.#onReport(runner, report);
        end();
      };
      const onError = (error: unknown): void => {
        if (!runner.isAlive) return;
        if (!(error instanceof DependencyError))
          world.fail(`${runner.name} threw ${error instanceof Error ? error.stack : String(error)}`);
        strikes.add('close_failed');
        world.trace(`${runner.name} fails: ${String(error)}`);
        end();
      };
      void closePipeline(deps, deadline).then(onReport, onError);
    });
  }

  #onReport({ name }: CloseRunner, { unfinished, finals, gone, finalThrough }: CloseReport): void {
    const { strikes } = this.#world;
    if (unfinished === 'conflict') strikes.add('close_conflict');
    if (unfinished === 'deadline') strikes.add('close_deadline');
    this.#world.trace(
      `${name} ends: ${unfinished ?? 'done'}, ${finals} finals, ${gone} gone, final through ${finalThrough}`,
    );
  }

  #deps(runner: CloseRunner, now: () => number): CloseDeps {
    const { plan } = this.#world;
    let listed: readonly ListedShard[] = [];
    const state = simulatedStreamState(
      this.#world,
      this.#calls,
      runner,
      this.#stream,
      this.#random,
      (shard) => this.#oracle.closing.onDrained(shard),
    );
    const stream: StreamState = {
      ...state,
      listShards: async () => {
        listed = await state.listShards();
        return listed;
      },
    };
    const stored = environmentTable(this.#calls, runner, this.#table, this.#mutant?.closeConditions);
    const table: Table = {
      ...stored,
      writeFinal: async (final, keepMs) => {
        const outcome = await stored.writeFinal(final, keepMs);
        if (outcome === 'conflict') this.#world.strikes.add('final_again');
        return outcome;
      },
      writeRegistry: (next) => {
        const { shards, gone, closedThrough } = next;
        const missing = listed.find(
          ({ key }) => ![...shards, ...gone].some((known) => isSameShard(known, key)),
        );
        const { closedThrough: closedBefore } = this.#table.registry ?? EMPTY_REGISTRY;
        if (closedThrough !== closedBefore && missing !== undefined)
          this.#world.fail(`${runner.name} closes windows, and does not know ${missing.key.shard}`);
        return stored.writeRegistry(next);
      },
    };
    const announcements: Announcements = {
      announce: (windows) =>
        this.#calls.make(runner, {
          service: 'announcements',
          what: `announces ${windows.length} windows`,
          isWrite: true,
          effect: () => this.#oracle.closing.onAnnounced(windows),
        }),
    };
    const parts: CloseParts = { table, stream, announcements };
    const changed = this.#mutant?.close?.(parts, this.#table) ?? parts;
    return {
      ...changed,
      pipeline: this.#pipeline,
      compression: storedCompression,
      now,
      windowsAStep: plan.windowsAStep,
    };
  }
}
