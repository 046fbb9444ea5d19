import { isSameShard } from '#core/protocol/registry.ts';
import type { Canaries } from '../ports/canaries.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { CloseRun } from './close-run.ts';

/** From one canary in a shard to the next. */
export const CANARY_EVERY_MS = 60_000;

/**
 * How long what is put now takes until a reader sees it, in the slowest of the open shards, in milliseconds: what the
 * newest canary took from the stream's taking it to the commit that it counts in; or, where the next one should have
 * been seen by now, how long that has been on its way. `null` while no canary was seen: in a new shard, the lag of the
 * mapping is what tells.
 */
export function freshnessOf(run: CloseRun, nowMs: number): number | null {
  const open = run.listed.filter(({ closed }) => !closed);
  let slowest: number | null = null;
  for (const { head, shard } of run.heads) {
    if (head.canary === null || !open.some(({ key }) => isSameShard(key, shard))) continue;
    const { arrival, counted } = head.canary;
    // Clocks of machines differ a little.
    slowest = Math.max(slowest ?? 0, counted - arrival, nowMs - arrival - CANARY_EVERY_MS);
  }
  return slowest;
}

/** Puts a canary into each open shard. One that is not taken is one that is not seen, and the next run tells. */
export async function putCanaries(canaries: Canaries, run: CloseRun): Promise<void> {
  try {
    await canaries.put(run.listed.filter(({ closed }) => !closed));
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
  }
}
