import { isSameShard } from '#core/protocol/registry.ts';
import type { MemoryTable } from './memory-table.ts';
import type { World } from './world.ts';

/** How long nothing may have come before the clock closes windows. */
const STANDSTILL_MS = 60_000;
/** Events that are older than this when they arrive are a replay, which the clock says nothing about. */
const LIVE_MS = 3_600_000;
/** The longest that a run takes in which nothing fails. */
const RUN_MS_MAX = 60_000;

/**
 * Where closing is held up for longer than it may be: an idle shard, a new shard and a stream that has stopped hold it
 * up by no more than the standstill and the time from one run of `close` to the next, a minute each as it is deployed,
 * beyond the allowed lateness. To be asked when no fault has struck for some runs, and all is counted.
 */
export function explainHoldUp({ clock, plan, strikes }: World, table: MemoryTable): string | undefined {
  const { registry } = table;
  // A run with less time may need several for what there is.
  if (registry === undefined || plan.closeTimeoutMs < RUN_MS_MAX) return undefined;
  const heads = registry.shards
    .filter((shard) => !registry.gone.some((gone) => isSameShard(gone, shard)))
    .flatMap((shard) => table.readHead(shard) ?? []);
  const newest = heads.flatMap((head) => head.newest ?? []);
  if (newest.length === 0 || newest.some(({ arrival, time }) => arrival - time > LIVE_MS)) return undefined;
  strikes.add('closed_in_time');
  const { arrival, time } = newest.reduce((a, b) => (b.time > a.time ? b : a));
  // A canary is a record too: where the mapping still waits since the last fault, it is counted only then.
  const canaryMs = plan.levels?.canaries === true ? plan.retryDelayMsMax + plan.closeEveryMs : 0;
  const holdUpMs = STANDSTILL_MS + plan.closeEveryMs + RUN_MS_MAX + plan.skewMs + canaryMs;
  // What is always as old as that when it arrives is waited for as long.
  const oldMs = arrival - time;
  const least = clock.nowMs - oldMs - plan.latenessMs - holdUpMs;
  const { finalThrough } = registry;
  if (finalThrough !== null && finalThrough >= least) return undefined;
  return `windows are final through ${finalThrough} only, though nothing came for minutes; ${least} is the least`;
}
