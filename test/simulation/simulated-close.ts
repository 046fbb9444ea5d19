import { closePipeline } from '#app/close/close-pipeline.ts';
import type { CloseReport } from '#app/close/close-report.ts';
import type { CloseDeps } from '#app/close/deps.ts';
import type { Announcements } from '#app/ports/announcements.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { ListedShard, StreamState } from '#app/ports/stream-state.ts';
import type { Table } from '#app/ports/table.ts';
import { EMPTY_REGISTRY, isSameShard } from '#core/protocol/registry.ts';
import type { Version } from './draw-change.ts';
import { environmentTable } from './environment-table.ts';
import type { MemoryTable } from './memory-table.ts';
import type { CloseParts, Mutant } from './mutants/mutant.ts';
import type { Oracle } from './oracle.ts';
import type { PipelineVersions } from './pipeline-versions.ts';
import { Random } from './random.ts';
import { runScheduled, ScheduledRun } from './scheduled-run.ts';
import type { ServiceCalls } from './service-calls.ts';
import { simulatedCanaries } from './simulated-canaries.ts';
import type { SimulatedMapping } from './simulated-mapping.ts';
import type { SimulatedStream } from './simulated-stream.ts';
import { simulatedStreamState } from './simulated-stream-state.ts';
import { storedCompression } from './stored-compression.ts';
import { START_MS, type World } from './world.ts';

/** The function `close` as its schedule runs it: each minute or so, at times twice at once, at times not at all. */
export class SimulatedClose {
  readonly #world: World;
  readonly #versions: PipelineVersions;
  readonly #stream: SimulatedStream;
  readonly #table: MemoryTable;
  readonly #calls: ServiceCalls;
  readonly #oracle: Oracle;
  readonly #mutant: Mutant | undefined;
  readonly #random: Random;
  #runs = 0;
  /** Puts canaries, until it is cleared. */
  mapping: SimulatedMapping | undefined;

  constructor(
    world: World,
    versions: PipelineVersions,
    stream: SimulatedStream,
    table: MemoryTable,
    calls: ServiceCalls,
    oracle: Oracle,
    mutant: Mutant | undefined,
  ) {
    this.#world = world;
    this.#versions = versions;
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
    const run = new ScheduledRun(`close ${this.#runs}`, this.#version);
    const skewMs = this.#random.int(-plan.skewMs, plan.skewMs);
    const now = () => clock.nowMs + skewMs;
    const deps = this.#deps(run, now);
    const deadline = now() + timeoutMs / 2;
    return runScheduled(
      world,
      run,
      timeoutMs,
      () => closePipeline(deps, deadline),
      (report) => this.#onReport(run, report),
      (error) => {
        if (!(error instanceof DependencyError))
          world.fail(`${run.name} threw ${error instanceof Error ? error.stack : String(error)}`);
        strikes.add('close_failed');
        world.trace(`${run.name} fails: ${String(error)}`);
      },
    );
  }

  /** Of the pipeline: what was there before the deployment was closed by somebody before it. */
  get #version(): Version {
    const { clock, plan } = this.#world;
    const isDeployed = plan.change !== undefined && clock.nowMs >= START_MS + plan.change.closeMs;
    return isDeployed && (this.#table.registry?.definitions.length ?? 0) > 0 ? 1 : 0;
  }

  #onReport({ name }: ScheduledRun, { unfinished, finals, gone, finalThrough }: CloseReport): void {
    const { strikes } = this.#world;
    if (unfinished === 'conflict') strikes.add('close_conflict');
    if (unfinished === 'deadline') strikes.add('close_deadline');
    this.#world.trace(
      `${name} ends: ${unfinished ?? 'done'}, ${finals} finals, ${gone} gone, final through ${finalThrough}`,
    );
  }

  #deps(run: ScheduledRun, now: () => number): CloseDeps {
    const { plan } = this.#world;
    let listed: readonly ListedShard[] = [];
    const state = simulatedStreamState(this.#world, this.#calls, run, this.#stream, this.#random, (shard) =>
      this.#oracle.closing.onDrained(shard),
    );
    const stream: StreamState = {
      ...state,
      listShards: async () => {
        listed = await state.listShards();
        return listed;
      },
    };
    const stored = environmentTable(this.#calls, run, this.#table, this.#mutant?.closeConditions);
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
          this.#world.fail(`${run.name} closes windows, and does not know ${missing.key.shard}`);
        return stored.writeRegistry(next);
      },
    };
    const announcements: Announcements = {
      announce: (windows) =>
        this.#calls.make(run, {
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
      pipeline: this.#versions.of(run.version),
      compression: storedCompression,
      now,
      windowsAStep: plan.windowsAStep,
      ...(this.mapping && {
        canaries: simulatedCanaries(this.#world, this.#calls, run, this.#stream, this.mapping),
      }),
    };
  }
}
