import type { Finding } from '#core/scale/moves.ts';

/** What to do about a hot shard that scaling can't help. */
export function adviceOn(finding: Finding): string {
  const load = `${Math.round(100 * finding.load)} %`;
  if (finding.type === 'at_maximum') {
    return (
      `${finding.shard} carries ${load} of what it is to carry, and there may be no more shards: raise ` +
      '`scale.shardsMax`, or have producers pack their records'
    );
  }
  const share = `${Math.round(100 * finding.share)} %`;
  return (
    `one partition key, MD5 ${finding.key}, has ${share} of the load of ${finding.shard}, which carries ${load} of ` +
    'what it is to carry; no split helps, since a key is in one shard. Spread it: use a hash of the event as ' +
    'partition key, as weir/producer does; no number depends on which shard an event is in'
  );
}
