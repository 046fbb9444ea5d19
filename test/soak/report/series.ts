import { quantileOf, sumOf } from '../checks/hours.ts';
import type { ProbeSample } from '../collect/child-probe.ts';
import type { MinuteSample } from '../collect/minutes.ts';
import type { SoakFindings } from '../soak-result.ts';
import type { Chart, Point } from './chart.ts';

const MINUTE_MS = 60_000;
const MIB = 2 ** 20;
/** So many minutes make a point where one has too few batches. */
const SMOOTH_MINUTES = 5;

/** The charts of a report, in their order. */
export function chartsOf(findings: SoakFindings): Chart[] {
  const { minutes, probes, startMs, survivor } = findings;
  const each = (of: (one: MinuteSample) => number | null): Point[] =>
    minutes.map((one) => [one.minute, finite(of(one))]);
  const some = (of: (some: readonly MinuteSample[]) => number): Point[] =>
    groupsOf(minutes, SMOOTH_MINUTES).map((group) => [group.at(-1)?.minute ?? 0, finite(of(group))]);
  const probed = (whose: 'survivor' | 'others', of: (probe: ProbeSample) => number | undefined): Point[] =>
    probes
      .filter(({ pid }) => (pid === survivor) === (whose === 'survivor'))
      .flatMap((probe): Point[] => {
        const value = of(probe);
        return value === undefined ? [] : [[(probe.atMs - startMs) / MINUTE_MS, value]];
      });
  const batchMs = (share: number) => (group: readonly MinuteSample[]) =>
    quantileOf(
      group.flatMap((one) => one.batchMs),
      share,
    );

  return [
    {
      title: 'Throughput',
      unit: 'events a second',
      note: 'Put into the stream, and counted by a commit. What an outage held up is counted when it is over.',
      scale: 'linear',
      series: [
        { name: 'counted', look: 'line', color: 2, points: each((one) => one.eventsReceived / 60) },
        { name: 'put', look: 'line', color: 1, points: each((one) => one.eventsPut / 60) },
      ],
    },
    {
      title: 'Lag',
      unit: 'seconds, stream time',
      note: 'Age of the oldest event that did not count yet, the most in a minute. Some ten seconds are its batching.',
      scale: 'log',
      series: [{ name: 'lag', look: 'line', color: 1, points: each((one) => one.lagMs / 1000) }],
    },
    {
      title: 'Time a batch takes',
      unit: 'milliseconds, real time',
      note: 'Of invocations that answered, over five minutes, by the clock on the wall; and what the processors had of it.',
      scale: 'log',
      series: [
        { name: 'p99', look: 'line', color: 2, points: some(batchMs(0.99)) },
        { name: 'p50', look: 'line', color: 1, points: some(batchMs(0.5)) },
        { name: 'p99, processor', look: 'line', color: 3, points: cpuPoints(findings) },
      ],
    },
    {
      title: 'Heap after garbage collection',
      unit: 'MiB',
      note: 'After a full collection every ten minutes: the process that lived through it all, and the others.',
      scale: 'linear',
      series: [
        {
          name: 'others',
          look: 'dots',
          color: 3,
          points: probed('others', ({ heapAfterGcBytes }) => heapAfterGcBytes && heapAfterGcBytes / MIB),
        },
        {
          name: 'survivor',
          look: 'line',
          color: 1,
          points: probed('survivor', ({ heapAfterGcBytes }) => heapAfterGcBytes && heapAfterGcBytes / MIB),
        },
      ],
    },
    {
      title: 'Garbage collection pauses',
      unit: 'milliseconds, real time',
      note: 'Of the survivor: the longest in a minute of stream time, and the mean.',
      scale: 'linear',
      series: [
        { name: 'longest', look: 'line', color: 2, points: probed('survivor', ({ gcMsMax }) => gcMsMax) },
        {
          name: 'mean',
          look: 'line',
          color: 1,
          points: probed('survivor', ({ gcCount, gcMsTotal }) => (gcCount === 0 ? 0 : gcMsTotal / gcCount)),
        },
      ],
    },
    {
      title: 'Event loop delay, p99',
      unit: 'milliseconds, real time',
      note: 'Of the survivor: how late its timers are, mostly because it decodes and aggregates a batch meanwhile.',
      scale: 'linear',
      series: [
        {
          name: 'p99',
          look: 'line',
          color: 1,
          points: probed('survivor', ({ loopDelayMsP99 }) => loopDelayMsP99),
        },
      ],
    },
    {
      title: 'Write units for 1,000 events',
      unit: 'units',
      note: 'Of the table, closing included, over five minutes. Larger batches cost less for an event.',
      scale: 'linear',
      series: [
        {
          name: 'write units',
          look: 'line',
          color: 1,
          points: some((group) => {
            const events = sumOf(group, (one) => one.eventsReceived);
            const usual = sumOf(group, (one) => one.eventsPut) / 4;
            return events < usual ? Number.NaN : (1000 * sumOf(group, (one) => one.writeUnits)) / events;
          }),
        },
      ],
    },
    {
      title: 'Requests to the table',
      unit: 'a minute of stream time',
      note: 'Those that reached it, from all functions. An outage must not make for a storm.',
      scale: 'linear',
      series: [{ name: 'requests', look: 'line', color: 1, points: each((one) => one.tableRequests) }],
    },
    {
      title: 'Sockets',
      unit: 'open at the end of a minute',
      note: 'Of the survivor, to the table and the queues.',
      scale: 'linear',
      series: [
        { name: 'sockets', look: 'step', color: 1, points: probed('survivor', ({ sockets }) => sockets) },
      ],
    },
    {
      title: 'Logs',
      unit: 'bytes an invocation',
      note: "Lines, metrics, and Lambda's own lines, those of closing included.",
      scale: 'linear',
      series: [
        {
          name: 'bytes',
          look: 'line',
          color: 1,
          points: some(
            (group) => sumOf(group, (one) => one.logBytes) / sumOf(group, (one) => one.invocations),
          ),
        },
      ],
    },
    {
      title: 'Invocations',
      unit: 'a minute of stream time',
      note: 'Those that ended, and those of them that crashed, threw, or handed their batch back.',
      scale: 'linear',
      series: [
        { name: 'ended', look: 'line', color: 1, points: each((one) => one.invocations) },
        {
          name: 'failed or unfinished',
          look: 'line',
          color: 2,
          points: each((one) => one.failedInvocations + one.unfinishedBatches),
        },
      ],
    },
    ...(minutes.some(({ level }) => level > 0) ? [leftOutChart(each)] : []),
    {
      title: 'Shards, level, open circuits',
      unit: 'count',
      note: 'Open shards; the degradation level: 0 counts everything as it comes; services that a process leaves alone.',
      scale: 'linear',
      series: [
        { name: 'shards', look: 'step', color: 1, points: each((one) => one.openShards) },
        { name: 'level', look: 'step', color: 3, points: each((one) => one.level) },
        { name: 'circuits', look: 'step', color: 2, points: each((one) => one.openCircuits) },
      ],
    },
  ];
}

function leftOutChart(each: (of: (one: MinuteSample) => number | null) => Point[]): Chart {
  return {
    title: 'Left out, and repaired',
    unit: 'events a second',
    note: 'Events that only the essential metrics have got, or none (of low priority); and those that were added later.',
    scale: 'linear',
    series: [
      { name: 'reduced', look: 'line', color: 1, points: each((one) => one.eventsReduced / 60) },
      { name: 'held', look: 'line', color: 3, points: each((one) => one.eventsHeld / 60) },
      { name: 'repaired', look: 'line', color: 2, points: each((one) => one.eventsRepaired / 60) },
    ],
  };
}

/** The 99th percentile of what batches took of the processors, over all processes. */
function cpuPoints({ probes, startMs }: SoakFindings): Point[] {
  const spans = new Map<number, number[]>();
  for (const { atMs, batchCpuMs } of probes) {
    const end = Math.ceil((atMs - startMs) / MINUTE_MS / SMOOTH_MINUTES) * SMOOTH_MINUTES;
    spans.set(end, [...(spans.get(end) ?? []), ...batchCpuMs]);
  }
  return [...spans].sort(([a], [b]) => a - b).map(([end, values]) => [end, finite(quantileOf(values, 0.99))]);
}

function finite(value: number | null): number | null {
  return value === null || Number.isFinite(value) ? value : null;
}

function groupsOf<T>(items: readonly T[], size: number): T[][] {
  const groups: T[][] = [];
  for (let from = 0; from < items.length; from += size) groups.push(items.slice(from, from + size));
  return groups;
}
