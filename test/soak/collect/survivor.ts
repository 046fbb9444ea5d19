import type { ProbeSample } from './child-probe.ts';

/** From the first sample and to the last: a process that is busy may skip a minute. */
const WITHIN_MS = 5 * 60_000;

/** A process that was there in the first minutes and in the last ones; `undefined`: none was. */
export function survivorOf(probes: readonly ProbeSample[]): number | undefined {
  const first = Math.min(...probes.map(({ atMs }) => atMs));
  const last = Math.max(...probes.map(({ atMs }) => atMs));
  const atLast = new Set(probes.filter(({ atMs }) => atMs >= last - WITHIN_MS).map(({ pid }) => pid));
  return probes.find(({ atMs, pid }) => atMs <= first + WITHIN_MS && atLast.has(pid))?.pid;
}
