import type { EpochMs } from '#core/brand.ts';
import { latest } from '#core/time/watermarks.ts';
import type { ShardHead } from '../query/read-heads.ts';
import { CloseConflict, type CloseRun } from './close-run.ts';
import type { CloseDeps } from './deps.ts';

/** How long nothing may have come, in a stream that stands still, before its windows are closed by the clock. */
const STANDSTILL_MS = 60_000;
/** Events that are older than this when they arrive are a replay: the clock says nothing about them. */
const LIVE_MS = 3_600_000;

/**
 * Shards in which nothing is left hold up nobody: their watermark follows the others'. Where all of them stand
 * still, it follows the furthest one, and then the clock. Returns how many were raised.
 *
 * Asked in the order of their watermarks, only up to the first shard with work left: the others hold up nothing.
 */
export async function raiseIdleShards(deps: CloseDeps, run: CloseRun): Promise<number> {
  const live = run.heads.filter(({ head }) => !head.ended).sort((a, b) => order(a) - order(b));
  const idle: ShardHead[] = [];
  let busy: ShardHead | undefined;
  for (const shardHead of live) {
    if (await deps.stream.isDrained(shardHead.shard, shardHead.head.position)) idle.push(shardHead);
    else {
      busy = shardHead;
      break;
    }
  }
  const target = busy === undefined ? standstillWatermark(deps, run) : busy.head.watermark;
  if (target === null) return 0;
  const behind = idle.filter(({ head }) => head.watermark === null || head.watermark < target);
  let raised = 0;
  for (const shardHead of behind) if (await raise(run, shardHead, target)) raised += 1;
  return raised;
}

/** False where the shard woke up meanwhile: it is not idle any more, and its old watermark holds up the others. */
async function raise(run: CloseRun, shardHead: ShardHead, watermark: EpochMs): Promise<boolean> {
  try {
    await run.changeHead(shardHead, { watermark });
    return true;
  } catch (error) {
    if (error instanceof CloseConflict) return false;
    throw error;
  }
}

function order({ head }: ShardHead): number {
  return head.watermark ?? Number.NEGATIVE_INFINITY;
}

/** Whether the newest events arrived soon after they had happened: else it is a replay. */
export function isLive({ heads }: CloseRun): boolean {
  const newest = heads.flatMap(({ head }) => head.newest ?? []);
  return newest.length > 0 && newest.every(({ time, arrival }) => arrival - time <= LIVE_MS);
}

/**
 * The watermark of a stream in which nothing is left: the furthest one; and, some time after the newest event, on from
 * that at the pace of the clock. Not up to the clock itself: a source may always tell of what was half an hour ago.
 */
function standstillWatermark({ pipeline, now }: CloseDeps, run: CloseRun): EpochMs | null {
  const furthest = latest(run.heads.map(({ head }) => head.watermark));
  if (!isLive(run)) return furthest;
  const newest = run.heads
    .flatMap(({ head }) => head.newest ?? [])
    .reduce((a, b) => (b.time > a.time ? b : a));
  const standstillMs = Math.max(0, now() - newest.arrival - STANDSTILL_MS);
  return latest([furthest, (newest.time - pipeline.allowedLatenessMs + standstillMs) as EpochMs]);
}
