import type { EpochMs, ShardId } from '../brand.ts';
import type { HashRange } from './hash-range.ts';
import { SCALE_RULES, type ScaleSettings } from './scale-settings.ts';
import type { ShardRecord } from './scale-state.ts';
import type { ShardCapacity, ShardMeasure } from './shard-sample.ts';

/** An open shard, as one run sees it. */
export interface ShardLook {
  readonly shard: ShardId;
  readonly range: HashRange;
  /** `undefined` where it could not be measured this time. */
  readonly measure: ShardMeasure | undefined;
}

/** The share of its capacity that a shard uses: of the bytes or the records, whichever is more. */
export function loadOf(
  { bytesPerSecond, recordsPerSecond }: Pick<ShardMeasure, 'bytesPerSecond' | 'recordsPerSecond'>,
  capacity: ShardCapacity,
): number {
  return Math.max(bytesPerSecond / capacity.bytesPerSecond, recordsPerSecond / capacity.recordsPerSecond);
}

/**
 * What is known of the open shards after a run has looked at them; closed ones are forgotten. A second look within half
 * a period, by a run beside this one, does not count twice; a shard that nobody looked at for long begins anew, since
 * nobody knows what it did.
 */
export function noteMeasures(
  known: readonly ShardRecord[],
  looks: readonly ShardLook[],
  settings: ScaleSettings,
  now: EpochMs,
): ShardRecord[] {
  const byShard = new Map(known.map((record) => [record.shard, record]));
  const partMs = settings.calmMs / SCALE_RULES.calmParts;
  const forgetMs = Math.max(partMs, 5 * settings.periodMs);
  return looks.flatMap(({ measure, shard }) => {
    const before = byShard.get(shard);
    const record = before !== undefined && now - before.measured <= forgetMs ? before : undefined;
    if (measure === undefined) return record ?? [];
    if (record !== undefined && now - record.measured < settings.periodMs / 2) return record;
    return noted(record, shard, loadOf(measure, settings.capacity), Math.floor(now / partMs), now);
  });
}

function noted(
  before: ShardRecord | undefined,
  shard: ShardId,
  measured: number,
  part: number,
  now: EpochMs,
): ShardRecord {
  const { calmParts, newestWeight } = SCALE_RULES;
  // The first look at a shard may go back to before there was one, and find less than it carries.
  const isNew = before === undefined || before.samples === 1;
  const load = isNew ? measured : before.load + newestWeight * (measured - before.load);
  const peaks = (before?.peaks ?? []).filter((peak) => peak.part >= part - calmParts && peak.part < part);
  const highest = before?.peaks.find((peak) => peak.part === part)?.load ?? 0;
  return {
    shard,
    samples: Math.min(1_000_000, (before?.samples ?? 0) + 1),
    load,
    since: before?.since ?? now,
    measured: now,
    peaks: [...peaks, { part, load: Math.max(highest, load) }],
  };
}
