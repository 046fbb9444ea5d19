import type { ProbeSample } from '../collect/child-probe.ts';
import type { MinuteSample } from '../collect/minutes.ts';

/** The minutes of the hour with that number, the first being 1. */
export function minutesOfHour(minutes: readonly MinuteSample[], hour: number): MinuteSample[] {
  return minutes.filter(({ minute }) => minute > (hour - 1) * 60 && minute <= hour * 60);
}

/** The value that `share` of all are not above; NaN of none. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

export function batchMsOfHour(minutes: readonly MinuteSample[], hour: number): number[] {
  return minutesOfHour(minutes, hour).flatMap(({ batchMs }) => batchMs);
}

export function writeUnitsPer1000(minutes: readonly MinuteSample[]): number {
  return (
    (1000 * sumOf(minutes, ({ writeUnits }) => writeUnits)) / sumOf(minutes, (one) => one.eventsReceived)
  );
}

/** A process's heap, or the compiled code in it, after each full collection in an hour. */
export function heapsOfHour(
  probes: readonly ProbeSample[],
  pid: number | undefined,
  startMs: number,
  hour: number,
  figure: 'heapAfterGcBytes' | 'codeBytes' = 'heapAfterGcBytes',
): number[] {
  return probes
    .filter((probe) => probe.pid === pid && Math.ceil((probe.atMs - startMs) / 3_600_000) === hour)
    .flatMap((probe) => probe[figure] ?? []);
}

/** What each batch of an hour took of the processors, in all processes. */
export function batchCpuMsOfHour(probes: readonly ProbeSample[], startMs: number, hour: number): number[] {
  return probes
    .filter(({ atMs }) => Math.ceil((atMs - startMs) / 3_600_000) === hour)
    .flatMap(({ batchCpuMs }) => batchCpuMs);
}
