import type { AggregateDeps } from '#app/aggregate/deps.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import type { Lookups } from '#app/enrich/lookups.ts';
import type { DeadLetters } from '#app/ports/dead-letters.ts';
import type { ReferenceData } from '#app/ports/reference-data.ts';
import type { ShardLineage } from '#app/ports/shard-lineage.ts';
import type { Table } from '#app/ports/table.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { RecordTools } from '#core/records/decoded-event.ts';
import type { Version } from './draw-change.ts';
import { storedCompression } from './stored-compression.ts';
import type { Caller, World } from './world.ts';

/** What of an environment mutants may change. */
export interface EnvironmentParts {
  readonly table: Table;
  readonly deadLetters: DeadLetters;
  readonly cache: WarmCache;
  readonly lineage: ShardLineage;
  /** Of a pipeline that looks something up. */
  readonly reference: ReferenceData | undefined;
  readonly makeLookups: ((pipeline: Pipeline, data: ReferenceData) => Lookups) | undefined;
  /** Gives names of segments. */
  readonly newName: () => string;
  readonly pipeline: Pipeline;
  /** Which of the versions it runs that are deployed one after the other: 0 or 1. */
  readonly version: Version;
}

/** An execution environment of the function: it stays warm between invocations, has a clock of its own, and may die. */
export class Environment implements Caller {
  readonly name: string;
  readonly isTimed = true;
  readonly version: Version;
  hasFailed = false;
  failures = 0;
  readonly deps: AggregateDeps;
  /** How far its clock is ahead. */
  skewMs: number;
  /** Told of its death. */
  onDeath: () => void = () => {};
  readonly #world: World;
  #isAlive = true;

  constructor(
    world: World,
    name: string,
    skewMs: number,
    tools: RecordTools,
    makeParts: (environment: Environment) => EnvironmentParts,
  ) {
    this.#world = world;
    this.name = name;
    this.skewMs = skewMs;
    const { version, lineage, newName, reference, makeLookups, ...parts } = makeParts(this);
    this.version = version;
    const limits = world.plan.limits[version] ?? world.plan.limits[0];
    const now = () => this.nowMs();
    this.deps = {
      ...parts,
      limits,
      now,
      tools,
      compression: storedCompression,
      lookups: reference && makeLookups?.(parts.pipeline, reference),
      // No record in it is the KPL's, so nobody asks.
      duplicates: { lineage, hashKeys: { of: () => Promise.resolve(undefined) }, newName },
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  nowMs(): number {
    return this.#world.clock.nowMs + this.skewMs;
  }

  die(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#world.strikes.add('death');
    this.#world.trace(`${this.name} dies`);
    this.onDeath();
  }

  /** Never comes back, and nobody notices until its time is up. */
  hang(): void {
    this.#isAlive = false;
    this.#world.trace(`${this.name} hangs`);
  }
}
