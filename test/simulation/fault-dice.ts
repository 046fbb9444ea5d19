import { type Fault, IO_FAULTS, type IoFault, type Strikes } from './fault-kinds.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

/** Decides which faults strike, as often as the plan says, and counts them. */
export class FaultDice {
  /** No fault strikes any more: what is left must come to an end. */
  isCalm = false;
  readonly #plan: Plan;
  readonly #strikes: Strikes;

  constructor(plan: Plan, strikes: Strikes) {
    this.#plan = plan;
    this.#strikes = strikes;
  }

  /** Whether a fault strikes at this occasion. A fault that is switched off draws all the same: the rest stays as it is. */
  strikes(fault: Fault, random: Random): boolean {
    const isDrawn = random.next() < this.#plan.rates[fault];
    if (!isDrawn || this.isCalm || this.#plan.without.has(fault)) return false;
    this.#strikes.add(fault);
    return true;
  }

  /** Which fault, if any, meets one call of a service. */
  ioFault(random: Random): IoFault | undefined {
    let left = random.next();
    for (const fault of IO_FAULTS) {
      left -= this.#plan.rates[fault];
      if (left >= 0) continue;
      if (this.isCalm || this.#plan.without.has(fault)) return undefined;
      this.#strikes.add(fault);
      return fault;
    }
    return undefined;
  }
}
