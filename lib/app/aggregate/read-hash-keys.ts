import type { ShardKey } from '#core/protocol/registry.ts';
import type { ShardHashKeys } from '#core/records/hash-keys.ts';
import { isByKpl } from '#core/records/kpl-copies.ts';
import type { Batch } from '#core/records/stream-record.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { AggregateDeps } from './deps.ts';

/**
 * What tells the copies in a batch; `undefined` where there is nothing to tell: the pipeline does not tell duplicates, or
 * the KPL aggregated none of the records. So whoever has no KPL never asks the stream, and others once a shard and
 * environment.
 *
 * Rejects where the stream does not say: the batch waits then, as for all else that tells duplicates. To count what may
 * be a copy could not be taken back.
 */
export async function readHashKeys(
  { cache, duplicates, pipeline }: AggregateDeps,
  { shard, records }: Batch,
): Promise<ShardHashKeys | undefined> {
  if (pipeline.duplicates === undefined || duplicates === undefined || !records.some(isByKpl))
    return undefined;
  const known = cache.hashKeys(shard) ?? (await duplicates.hashKeys.of(shard));
  if (known === undefined) throw notListed(shard);
  cache.keepHashKeys(shard, known);
  return known;
}

export function notListed({ shard }: ShardKey): DependencyError {
  return new DependencyError('stream', 'unavailable', `it does not list ${shard}, which is being read`);
}
