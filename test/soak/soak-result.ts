import type { RepairReport } from '#app/repair/repair-report.ts';
import type { Ledger } from '#core/protocol/ledger.ts';
import type { Check } from './checks/check.ts';
import type { AlarmTurn } from './collect/alarm-timeline.ts';
import type { ProbeSample } from './collect/child-probe.ts';
import type { MinuteSample } from './collect/minutes.ts';
import type { Fault } from './faults/fault-schedule.ts';
import type { Look } from './under-load/look.ts';

/** All that a run has found out, for its checks and its report. Minutes are of stream time, since its beginning. */
export interface SoakFindings {
  readonly about: string;
  readonly hours: number;
  readonly seed: number;
  readonly startMs: number;
  readonly faults: readonly Fault[];
  readonly minutes: readonly MinuteSample[];
  readonly probes: readonly ProbeSample[];
  /** The process of the function that lived from the first invocation to the last; `undefined`: none did. */
  readonly survivor: number | undefined;
  /** Processes of the function that there were. */
  readonly processes: number;
  readonly alarms: readonly string[];
  readonly turns: readonly AlarmTurn[];
  readonly put: { readonly events: number; readonly duplicates: number; readonly bad: number };
  readonly ledger: Ledger;
  readonly deadLetters: number;
  /** Moments at which a reader looked, where the schedule asks what holds under load. */
  readonly looks: readonly Look[];
  /** What all shards together may take by the pipeline's declaration, in events a second; NaN: it declares nothing. */
  readonly capacityPerSecond: number;
  /** What the last run of `repair` said. */
  readonly repair: RepairReport | undefined;
  readonly tableRequestsWhileDown: number;
  /** Minutes from the end of the hours until all was done. */
  readonly drainMinutes: number;
  readonly realSeconds: number;
}

export interface SoakResult extends SoakFindings {
  readonly checks: readonly Check[];
}
