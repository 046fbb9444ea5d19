import type { Clock } from '#local/event-source-mapping/ports.ts';
import { type LoadFaults, NO_LOAD_FAULTS } from '../load/arrivals.ts';
import { endOf, type Fault, type FaultKind } from './fault-schedule.ts';

type Lasting = Extract<Fault, { readonly for: number }>;
type Momentary = Exclude<Fault, Lasting>;
type OfKind<Kind extends FaultKind> = Extract<Fault, { readonly fault: Kind }>;

/** Which faults of a schedule are there now. */
export class ActiveFaults {
  readonly #active = new Set<Lasting>();

  /** Plans the whole schedule; what is done at a moment is left to `act`. */
  plan(clock: Clock, faults: readonly Fault[], act: (fault: Momentary) => void, changed: () => void): void {
    for (const fault of faults) {
      if (!('for' in fault)) {
        clock.setTimer(() => act(fault), fault.at);
        continue;
      }
      clock.setTimer(() => {
        this.#active.add(fault);
        changed();
      }, fault.at);
      clock.setTimer(() => {
        this.#active.delete(fault);
        changed();
      }, endOf(fault));
    }
  }

  of<Kind extends Lasting['fault']>(kind: Kind): OfKind<Kind> | undefined {
    for (const fault of this.#active) if (fault.fault === kind) return fault as OfKind<Kind>;
    return undefined;
  }

  /** What they make of the load. */
  load(): LoadFaults {
    const hot = this.of('hot-keys');
    const ahead = this.of('producer-clocks-ahead');
    return {
      times: this.of('flash-crowd')?.times ?? NO_LOAD_FAULTS.times,
      hot: hot && { keys: hot.keys, share: hot.share },
      badShare: this.of('bad-events')?.share ?? 0,
      lateShare: this.of('late-events')?.share ?? 0,
      ahead: ahead && { share: ahead.share, byMs: ahead.by },
    };
  }
}
