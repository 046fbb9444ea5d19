import type { EpochMs } from '#core/brand.ts';
import { decideMoves } from '#core/scale/decide-moves.ts';
import type { Finding } from '#core/scale/moves.ts';
import { loadOf, type ShardLook } from '#core/scale/note-measures.ts';
import { SCALE_RULES } from '#core/scale/scale-settings.ts';
import { EMPTY_SCALE_STATE } from '#core/scale/scale-state.ts';
import type { ShardCapacity } from '#core/scale/shard-sample.ts';

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

/** What would be done about hot shards if they have been as they look now for some minutes; nothing is done. */
export function adviceFor(looks: readonly ShardLook[], capacity: ShardCapacity, now: EpochMs): string[] {
  const settings = { shardsMin: 1, shardsMax: 10_000, capacity, periodMs: 60_000, calmMs: 3_600_000 };
  const shards = looks.flatMap(({ measure, shard }) =>
    measure === undefined
      ? []
      : {
          ...{ shard, load: loadOf(measure, capacity), peaks: [] },
          ...{ samples: SCALE_RULES.samplesMin, since: now, measured: now },
        },
  );
  const { findings, moves } = decideMoves(settings, { ...EMPTY_SCALE_STATE, shards }, looks, now, true);
  return [
    ...moves.flatMap((move) => (move.type === 'split' ? `split ${move.shard}: ${move.reason}` : [])),
    ...findings.map(adviceOn),
  ];
}
