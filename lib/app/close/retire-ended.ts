import { isSameShard, type ShardKey } from '#core/protocol/registry.ts';
import { foldHead } from '../aggregate/fold-head.ts';
import { WarmCache } from '../aggregate/warm-cache.ts';
import { CloseConflict, type CloseRun } from './close-run.ts';
import type { CloseDeps } from './deps.ts';

/**
 * Shards that are closed, or that the stream does not list any more, and in which nothing is left: what their heads
 * have pending is folded, by the same code as ever, and they hold up no watermark from then on.
 */
export async function retireEndedShards(deps: CloseDeps, run: CloseRun): Promise<void> {
  for (const { shard, head } of run.heads) {
    if (!head.ended && !(await isEnd(deps, run, shard))) continue;
    await retire(deps, run, shard);
  }
}

async function isEnd(deps: CloseDeps, run: CloseRun, shard: ShardKey): Promise<boolean> {
  const listed = run.listed.find(({ key }) => isSameShard(key, shard));
  if (listed === undefined) return true;
  if (!listed.closed) return false;
  const { head } = headOf(run, shard);
  return deps.stream.isDrained(shard, head.position);
}

async function retire(deps: CloseDeps, run: CloseRun, shard: ShardKey): Promise<void> {
  let found = headOf(run, shard);
  if (!found.head.ended) {
    const pending = found.head.pending.map((delta) => ({ ...delta, fold: true }));
    found = await run.changeHead(found, { ended: true, pending });
  }
  if (found.head.pending.length === 0) return;
  const folds = await foldHead({ ...deps, cache: new WarmCache() }, shard, found.head);
  if (folds === undefined) throw new CloseConflict(shard.shard);
  await run.changeHead(found, { pending: [] });
}

function headOf(run: CloseRun, shard: ShardKey) {
  const found = run.heads.find((known) => isSameShard(known.shard, shard));
  if (found === undefined) throw new CloseConflict(shard.shard);
  return found;
}
