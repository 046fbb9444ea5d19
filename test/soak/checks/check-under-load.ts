import type { MinuteSample } from '../collect/minutes.ts';
import { endOf, type FaultSchedule } from '../faults/fault-schedule.ts';
import type { SoakFindings } from '../soak-result.ts';
import type { Check } from './check.ts';

const MINUTE_MS = 60_000;

const number = (value: number) => value.toLocaleString('en');

/** What must hold while more comes than can be taken, and after it. */
export function checkUnderLoad(findings: SoakFindings, schedule: FaultSchedule): Check[] {
  const { underLoad } = schedule;
  if (underLoad === undefined) return [];
  const fault = schedule.faults.find(({ fault }) => fault === underLoad.during);
  if (fault === undefined) throw new Error(`the schedule has no ${underLoad.during}`);
  const from = (fault.at + underLoad.after) / MINUTE_MS;
  const to = endOf(fault) / MINUTE_MS;
  const looks = findings.looks.filter(({ minute }) => minute >= from && minute <= to);
  const minutes = findings.minutes.filter(({ minute }) => minute > fault.at / MINUTE_MS && minute <= to);
  const under = minutes.filter(({ minute }) => minute > from);
  const rows = looks.reduce((sum, look) => sum + look.rows, 0);
  const wrong = looks.filter((look) => look.wrong > 0);
  const wrongHoles = looks.filter((look) => look.wrongHoles > 0);
  const stalest = Math.max(...looks.map(({ staleMs }) => staleMs), ...under.map(({ lagMs }) => lagMs));
  const perSecond = minutes.reduce((sum, { eventsPut }) => sum + eventsPut, 0) / (minutes.length * 60);
  const times = perSecond / findings.capacityPerSecond;
  const sum = (of: (one: MinuteSample) => number) =>
    findings.minutes.reduce((total, one) => total + of(one), 0);
  const left = sum(({ eventsHeld, eventsReduced }) => eventsHeld + eventsReduced);
  const repaired = sum(({ eventsRepaired }) => eventsRepaired);
  const lost = sum(({ eventsLost }) => eventsLost);
  const isWhole = findings.repair?.oldestHoleMs === 0;
  const lastRepair =
    findings.minutes.findLast(({ eventsRepaired }) => eventsRepaired > 0)?.minute ?? Infinity;
  const since = `from ${underLoad.after / MINUTE_MS} minutes after the load came until its end`;
  return [
    {
      title: `The load was ${underLoad.loadMin} times the capacity that is declared`,
      ok: times >= underLoad.loadMin,
      figures: `${times.toFixed(2)} times: ${perSecond.toFixed(0)} events a second over ${minutes.length} minutes, at a capacity of ${findings.capacityPerSecond} in all shards`,
    },
    {
      title: `Essential metrics were exact ${since}`,
      ok: looks.length > 0 && rows > 0 && wrong.length === 0,
      figures: `${rows.toLocaleString('en')} rows of events that are not of low priority, in ${looks.length} looks at the newest quarter of an hour, compared with DuckDB's of what was counted: ${wrong.reduce((sum, look) => sum + look.wrong, 0)} differ${wrong[0]?.example === undefined ? '' : `; at minute ${wrong[0].minute}: ${wrong[0].example}`}`,
    },
    {
      title: `What was left out is what answers said that they lack, ${since}`,
      ok: looks.some(({ lacking }) => lacking > 0) && wrongHoles.length === 0,
      figures: `${wrongHoles.length} of ${looks.length} looks found a window that is wrong about it; levels up to ${Math.max(...looks.map(({ level }) => level))}`,
    },
    {
      title: `No event waited for ${underLoad.staleMax / 1000} s, ${since}`,
      ok: under.length > 0 && stalest < underLoad.staleMax,
      figures: `${(stalest / 1000).toFixed(1)} s at most`,
    },
    {
      title: 'After repair, nothing is left out any more',
      ok: isWhole && lost === 0 && left > 0 && repaired === left && findings.ledger.held === 0,
      figures: `${number(left)} events were left out, ${number(repaired)} repaired, ${number(lost)} lost; ${isWhole ? 'no hole is open' : 'there are open holes'}; the last was repaired ${lastRepair - to} minutes after the load had gone`,
    },
  ];
}
