import type { Version } from './draw-change.ts';
import { Environment, type EnvironmentParts } from './environment.ts';
import { KILLS_DECODING } from './make-record.ts';
import { Random } from './random.ts';
import { ScheduledRun } from './scheduled-run.ts';
import { storedRecordTools } from './stored-compression.ts';
import { START_MS, type World } from './world.ts';

/** The function's execution environments: warm ones are used again, and at times there are more than are needed. */
export class EnvironmentPool {
  readonly #world: World;
  readonly #makeParts: (environment: Environment, version: Version) => EnvironmentParts;
  readonly #random: Random;
  #idle: Environment[] = [];
  #made = 0;

  constructor(world: World, makeParts: (environment: Environment, version: Version) => EnvironmentParts) {
    this.#world = world;
    this.#makeParts = makeParts;
    this.#random = new Random(world.plan.seed, 'environments');
  }

  /** To be called where a process would die, or hang for good, on what it has just read. */
  readonly strikePoison = (): void => {
    const { running, strikes } = this.#world;
    if (running instanceof ScheduledRun && running.isAlive) {
      strikes.add('death_of_poison');
      running.die();
    }
    if (!(running instanceof Environment) || !running.isAlive) return;
    strikes.add('death_of_poison');
    if (this.#random.chance(0.2)) running.hang();
    else running.die();
  };

  /** An environment for one invocation: any of the idle ones, or a new one. */
  acquire(): Environment {
    const { dice, plan } = this.#world;
    this.#idle = this.#idle.filter(({ isAlive, version }) => isAlive && (version === 1 || !this.#isOldOver));
    if (this.#idle.length > 0 && dice.strikes('eviction', this.#random)) this.#takeAny();
    const isFull = this.#idle.length >= plan.environments;
    const usesWarm = this.#idle.length > 0 && (isFull || !dice.strikes('cold_start', this.#random));
    return (usesWarm ? this.#takeAny() : undefined) ?? this.#make();
  }

  /** Its invocation has ended. */
  release(environment: Environment): void {
    if (environment.isAlive) this.#idle.push(environment);
  }

  /** Whether no environment of the old version is used any more. */
  get #isOldOver(): boolean {
    const { clock, plan } = this.#world;
    return plan.change !== undefined && clock.nowMs >= START_MS + plan.change.overMs;
  }

  #takeAny(): Environment | undefined {
    return this.#idle.splice(this.#random.int(0, this.#idle.length - 1), 1)[0];
  }

  #make(): Environment {
    const world = this.#world;
    const { plan, clock } = world;
    this.#made += 1;
    const isDeployed = clock.nowMs >= START_MS + plan.deploymentMs;
    const isNew = isDeployed && this.#random.chance(0.8);
    const version = isNew || this.#isOldOver ? 1 : 0;
    const skewMs = this.#random.int(-plan.skewMs, plan.skewMs);
    const tools = {
      ...storedRecordTools,
      text: (bytes: Uint8Array) => {
        const text = storedRecordTools.text(bytes);
        if (text?.startsWith(KILLS_DECODING)) this.strikePoison();
        return text;
      },
    };
    const name = `environment ${this.#made}`;
    return new Environment(world, name, skewMs, tools, (made) => this.#makeParts(made, version));
  }
}
