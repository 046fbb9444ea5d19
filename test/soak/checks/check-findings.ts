import { isBalanced } from '#core/protocol/ledger.ts';
import { endOf, type FaultSchedule } from '../faults/fault-schedule.ts';
import type { SoakFindings } from '../soak-result.ts';
import type { Check } from './check.ts';
import { checkAlarms } from './check-alarms.ts';
import { checkUnderLoad } from './check-under-load.ts';
import {
  batchCpuMsOfHour,
  batchMsOfHour,
  heapsOfHour,
  minutesOfHour,
  quantileOf,
  sumOf,
  writeUnitsPer1000,
} from './hours.ts';

const MINUTE_MS = 60_000;
/** The hour that later ones are measured by: everything is warm by then. */
const WARM_HOUR = 2;
const HEAP_GROWTH_MAX = 1.05;
const SLOWDOWN_MAX = 1.1;
const LOG_BYTES_MAX = 3 * 1024;

/** Everything that a run must show but its totals. */
export function checkFindings(findings: SoakFindings, schedule: FaultSchedule): Check[] {
  return [
    checkLedger(findings),
    checkDeadLetters(findings),
    ...checkAlarms(findings),
    ...(Math.floor(findings.hours) > WARM_HOUR ? checkLongRun(findings) : []),
    checkLogs(findings),
    ...checkCaughtUp(findings, schedule),
    ...checkUnderLoad(findings, schedule),
    ...checkScaled(findings, schedule),
  ];
}

function number(value: number, digits = 0): string {
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

function checkLedger({ ledger, put }: SoakFindings): Check {
  const { aggregated, duplicate, expired, held, invalid, late, received } = ledger;
  const counted = aggregated + late;
  return {
    title: 'The ledger balances, and is what was put',
    ok:
      isBalanced(ledger) &&
      received === put.events &&
      invalid === put.bad &&
      duplicate === put.duplicates &&
      counted === put.events - put.bad - put.duplicates &&
      expired === 0 &&
      held === 0,
    figures: `put ${number(put.events)}, ${number(put.bad)} of them bad and ${number(put.duplicates)} again; received ${number(received)} = aggregated ${number(aggregated)} + late ${number(late)} + duplicate ${number(duplicate)} + invalid ${number(invalid)} + expired ${number(expired)} + held ${number(held)}`,
  };
}

function checkDeadLetters({ deadLetters, put }: SoakFindings): Check {
  return {
    title: 'Every bad event is in the dead-letter queue',
    ok: deadLetters === put.bad,
    figures: `${number(deadLetters)} positions in letters, ${number(put.bad)} bad events`,
  };
}

/** What must not get worse from the second hour to the last. */
function checkLongRun(findings: SoakFindings): Check[] {
  const { minutes, probes, startMs, survivor } = findings;
  // The last one that is whole.
  const hours = Math.floor(findings.hours);
  const ratio = (last: number, warm: number, max: number) => ({
    ok: last <= max * warm,
    by: `${number(last / warm, 3)} × (at most ${max})`,
  });
  const median = (hour: number, figure: 'heapAfterGcBytes' | 'codeBytes') =>
    quantileOf(heapsOfHour(probes, survivor, startMs, hour, figure), 0.5) / 2 ** 20;
  const wholeOf = (hour: number) => median(hour, 'heapAfterGcBytes');
  // Code is compiled when a path is first hot, which may be hours after the start, and thrown away again.
  const heapOf = (hour: number) => wholeOf(hour) - median(hour, 'codeBytes');
  const heap = ratio(heapOf(hours), heapOf(WARM_HOUR), HEAP_GROWTH_MAX);
  const wallOf = (hour: number) => quantileOf(batchMsOfHour(minutes, hour), 0.99);
  const p99Of = (hour: number) => quantileOf(batchCpuMsOfHour(probes, startMs, hour), 0.99);
  const p99 = ratio(p99Of(hours), p99Of(WARM_HOUR), SLOWDOWN_MAX);
  const unitsOf = (hour: number) => writeUnitsPer1000(minutesOfHour(minutes, hour));
  const units = ratio(unitsOf(hours), unitsOf(WARM_HOUR), SLOWDOWN_MAX);
  return [
    {
      title: `Heap after garbage collection, without compiled code, hour ${hours} by hour ${WARM_HOUR}, in a process that lived through it all`,
      ok: survivor !== undefined && heap.ok,
      figures:
        survivor === undefined
          ? `none of ${findings.processes} processes lived from the first minute to the last`
          : `${number(heapOf(hours), 2)} MiB by ${number(heapOf(WARM_HOUR), 2)} MiB: ${heap.by}; with code, ${number(wholeOf(hours), 2)} by ${number(wholeOf(WARM_HOUR), 2)} MiB: ${number(wholeOf(hours) / wholeOf(WARM_HOUR), 3)} ×; one of ${findings.processes} processes`,
    },
    {
      title: `99th percentile of batch times, hour ${hours} by hour ${WARM_HOUR}, in processor time`,
      ok: p99.ok,
      figures: `${number(p99Of(hours), 1)} ms by ${number(p99Of(WARM_HOUR), 1)} ms: ${p99.by}; by the clock on the wall, with whatever else this machine did, ${number(wallOf(hours), 1)} ms by ${number(wallOf(WARM_HOUR), 1)} ms`,
    },
    {
      title: `Write units for 1,000 events, hour ${hours} by hour ${WARM_HOUR}`,
      ok: units.ok,
      figures: `${number(unitsOf(hours), 2)} by ${number(unitsOf(WARM_HOUR), 2)}: ${units.by}`,
    },
  ];
}

function checkLogs({ minutes }: SoakFindings): Check {
  const bytes = sumOf(minutes, ({ logBytes }) => logBytes);
  const invocations = sumOf(minutes, (one) => one.invocations);
  const worst = Math.max(
    ...minutes.filter((one) => one.invocations > 0).map((one) => one.logBytes / one.invocations),
  );
  return {
    title: 'At most 3 KB of logs an invocation, metrics and platform lines included',
    ok: bytes / invocations <= LOG_BYTES_MAX,
    figures: `${number(bytes / invocations)} bytes on average, ${number(worst)} in the worst minute; ${number(invocations)} invocations`,
  };
}

function checkCaughtUp({ minutes, tableRequestsWhileDown }: SoakFindings, schedule: FaultSchedule): Check[] {
  const { caughtUp, faults } = schedule;
  if (caughtUp === undefined) return [];
  const ended = Math.max(...faults.filter(({ fault }) => fault === caughtUp.after).map(endOf)) / MINUTE_MS;
  const caught = minutes.find(({ lagMs, minute }) => minute > ended && lagMs < MINUTE_MS)?.minute ?? Infinity;
  return [
    {
      title: `Less than a minute behind again within ${caughtUp.within / MINUTE_MS} minutes after ${caughtUp.after}`,
      ok: caught - ended <= caughtUp.within / MINUTE_MS,
      figures: `after ${number(caught - ended)} minutes; the table got ${number(tableRequestsWhileDown)} requests while it was down`,
    },
  ];
}

function checkScaled({ minutes }: SoakFindings, { scale, shards }: FaultSchedule): Check[] {
  if (scale === undefined) return [];
  const open = minutes.map(({ openShards }) => openShards);
  const most = Math.max(...open);
  const last = open.at(-1) ?? 0;
  return [
    {
      title: 'Shards were split as the load grew, and merged as it fell, within their bounds',
      ok: most > shards && most <= scale.shardsMax && last < most && last >= scale.shardsMin,
      figures: `from ${shards} to ${most}, and ${last} at the end; between ${scale.shardsMin} and ${scale.shardsMax}`,
    },
  ];
}
