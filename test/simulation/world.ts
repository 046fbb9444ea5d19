import type { Version } from './draw-change.ts';
import { FaultDice } from './fault-dice.ts';
import { Strikes } from './fault-kinds.ts';
import type { Plan } from './plan.ts';
import { VirtualClock } from './virtual-clock.ts';

/** 2026-01-01T00:00:00Z */
export const START_MS = 1_767_225_600_000;

/** Whoever calls services: a function's environment, or a reader. */
export interface Caller {
  readonly name: string;
  readonly isAlive: boolean;
  /** Which of the versions it runs that are deployed one after the other. */
  readonly version?: Version;
  /** Whether somebody ends it when a call gets no reply. */
  readonly isTimed: boolean;
  /** Whether its last call failed. */
  hasFailed: boolean;
  /** Calls that failed since this was last set to 0. */
  failures: number;
  die(): void;
}

/** What all parts of one run share. */
export class World {
  readonly plan: Plan;
  readonly clock = new VirtualClock(START_MS);
  readonly strikes = new Strikes();
  readonly dice: FaultDice;
  /** The caller whose code runs at this moment: nothing else can tell whom poison kills. */
  running: Caller | undefined;
  /** Why the run has failed. */
  failure: string | undefined;
  readonly #trace: ((line: string) => void) | undefined;

  constructor(plan: Plan, trace: ((line: string) => void) | undefined) {
    this.plan = plan;
    this.dice = new FaultDice(plan, this.strikes);
    this.#trace = trace;
  }

  get isTraced(): boolean {
    return this.#trace !== undefined;
  }

  /** Tells what happens. Ask `isTraced` before making an expensive line. */
  trace(line: string): void {
    this.#trace?.(`${String(this.clock.nowMs - START_MS).padStart(9)} ${line}`);
  }

  /** Ends the run: something is wrong that must never be. */
  fail(message: string): void {
    if (this.failure !== undefined) return;
    this.failure = message;
    this.trace(`WRONG: ${message}`);
  }
}
