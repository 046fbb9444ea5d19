import type { FaultSchedule } from './faults/fault-schedule.ts';

/** What a run is asked for. */
export interface SoakOptions {
  readonly hours: number;
  /** Real minutes that an hour of stream time takes at least. */
  readonly minutesPerHour: number;
  readonly seed: number;
  readonly schedule: FaultSchedule;
  /** Told what happens, a line at a time. */
  readonly tell: (line: string) => void;
}

export const SOAK_DEFAULTS = {
  hours: 10,
  minutesPerHour: 1,
  seed: 1,
  eventsPerSecond: 160,
} as const;
