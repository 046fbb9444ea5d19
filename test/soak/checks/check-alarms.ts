import { COMPOSITE_ALARM } from '#contracts/alarms.ts';
import { type Firing, firingsOf } from '../collect/alarm-timeline.ts';
import { endOf, type Fault } from '../faults/fault-schedule.ts';
import type { SoakFindings } from '../soak-result.ts';
import type { Check } from './check.ts';

const MINUTE_MS = 60_000;
/** An alarm looks back over periods of up to five minutes, and what caused it may take a while to be worked off. */
const FIRES_WITHIN_MINUTES = 15;
/** Rejected events are looked at once an hour: until then, their alarm stays on. */
const CLEARS_WITHIN_MINUTES = 65;

/** Every fault's alarms fired and were off again, and none fired that no fault explains. */
export function checkAlarms(findings: Pick<SoakFindings, 'faults' | 'turns'>): Check[] {
  const firings = firingsOf(findings.turns);
  return [checkExpected(findings.faults, firings), checkUnexpected(findings.faults, firings)];
}

function checkExpected(faults: readonly Fault[], firings: readonly Firing[]): Check {
  const missing: string[] = [];
  const seen: string[] = [];
  for (const fault of faults) {
    for (const alarm of fault.alarms) {
      const fired = firings.filter((firing) => firing.alarm === alarm && overlaps(firing, fault));
      const cleared = fired.some(
        ({ end }) => end !== undefined && end <= endOf(fault) / MINUTE_MS + CLEARS_WITHIN_MINUTES,
      );
      if (cleared) seen.push(alarm);
      else
        missing.push(`${alarm} ${fired.length === 0 ? 'never fired' : 'is still on'} after ${fault.fault}`);
    }
  }
  return {
    title: "Every fault's alarms fired, and were off again",
    ok: missing.length === 0,
    figures: missing.length === 0 ? `${seen.length} alarms of ${faults.length} faults` : missing.join('; '),
  };
}

function checkUnexpected(faults: readonly Fault[], firings: readonly Firing[]): Check {
  const strange = firings.filter(
    (firing) =>
      firing.alarm !== COMPOSITE_ALARM.name &&
      !faults.some(
        (fault) => [...fault.alarms, ...fault.mayFire].includes(firing.alarm) && overlaps(firing, fault),
      ),
  );
  return {
    title: 'No alarm fired that no fault explains',
    ok: strange.length === 0,
    figures:
      strange.length === 0
        ? `${firings.length} times that an alarm was on`
        : strange.map(({ alarm, start }) => `${alarm} at ${clockOf(start)}`).join('; '),
  };
}

/** Whether it began while the fault was there, or soon after. */
function overlaps({ start }: Firing, fault: Fault): boolean {
  return start >= fault.at / MINUTE_MS && start <= endOf(fault) / MINUTE_MS + FIRES_WITHIN_MINUTES;
}

/** A minute of the run as `07:05`. */
export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
