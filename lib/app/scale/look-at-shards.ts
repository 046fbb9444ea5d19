import type { EpochMs } from '#core/brand.ts';
import type { ShardLook } from '#core/scale/note-measures.ts';
import { measureShard, type ShardCapacity } from '#core/scale/shard-sample.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { OpenShard, SampleBounds, ShardControl } from '../ports/shard-control.ts';

/**
 * A sample reads 2 % of what a shard lets be read in a minute. With fewer records than that in the time, it is all of
 * them.
 */
const SAMPLE: SampleBounds = { recordsMax: 2000, bytesMax: 2_000_000 };
/** Shards that are read at the same time; each may hold 10 MB for a moment. */
const AT_ONCE = 8;
/** A sample may begin anywhere in the first part of the time: producers that put by the minute are not always missed. */
const BEGIN_WITHIN = 0.75;

export interface LookDeps {
  readonly stream: Pick<ShardControl, 'openShards' | 'sample'>;
  readonly capacity: ShardCapacity;
  /** How far back to look, in milliseconds. */
  readonly periodMs: number;
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** All open shards, each with what a sample of its last minute says of it; without, where it could not be read. */
export async function lookAtShards(deps: LookDeps): Promise<ShardLook[]> {
  const shards = await deps.stream.openShards();
  const looks: ShardLook[] = [];
  for (let at = 0; at < shards.length; at += AT_ONCE) {
    looks.push(...(await Promise.all(shards.slice(at, at + AT_ONCE).map((shard) => lookAt(deps, shard)))));
  }
  return looks;
}

async function lookAt(deps: LookDeps, { range, shard }: OpenShard): Promise<ShardLook> {
  const { capacity, now, periodMs, random, stream } = deps;
  const from = Math.round(now() - periodMs * (1 - BEGIN_WITHIN * random())) as EpochMs;
  try {
    const sample = await stream.sample(shard, from, SAMPLE);
    return { shard, range, measure: measureShard(range, sample, capacity) };
  } catch (error) {
    // Another reader has used up the shard's reads, or it was closed this moment: it is looked at the next time.
    if (!(error instanceof DependencyError) || error.failure === 'unavailable') throw error;
    return { shard, range, measure: undefined };
  }
}
