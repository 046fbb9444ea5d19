import type { EpochMs, ShardId } from '#core/brand.ts';
import type { LoadPeak, ScaleState, ShardRecord } from '#core/scale/scale-state.ts';
import { type Item, ItemError, integer, optional, text } from './attributes.ts';

/** Of the text of the shards; what is stored by others is not understood. */
const VERSION = 1;

/** Loads are kept to a thousandth of a shard. */
const STEPS = 1000;

/**
 * The shards are one JSON text: hundreds of them are read and written together, and nobody asks for a part. Each is
 * `[id, samples, load, since, measured, part, load, part, load, …]`, loads in thousandths.
 */
export function toScaleItem({ balancingUntil, lastSplit, movingUntil, rev, shards }: ScaleState): Item {
  const time = (name: string, value: EpochMs | null) =>
    value === null ? {} : { [name]: { N: String(value) } };
  return {
    rev: { N: String(rev) },
    version: { N: String(VERSION) },
    shards: { S: JSON.stringify(shards.map(toShard)) },
    ...time('lastSplit', lastSplit),
    ...time('balancingUntil', balancingUntil),
    ...time('movingUntil', movingUntil),
  };
}

/** Throws `ItemError` for what `toScaleItem` of this version did not make. */
export function fromScaleItem(item: Item): ScaleState {
  const version = integer(item, 'version');
  if (version !== VERSION)
    throw new ItemError(`version ${version} of what scaling remembers; expected ${VERSION}`);
  const time = (name: string) => optional(item, name, integer) as EpochMs | null;
  return {
    rev: integer(item, 'rev'),
    shards: listOfJson(text(item, 'shards')).map(fromShard),
    lastSplit: time('lastSplit'),
    balancingUntil: time('balancingUntil'),
    movingUntil: time('movingUntil'),
  };
}

function toShard({ load, measured, peaks, samples, shard, since }: ShardRecord): (string | number)[] {
  const steps = (value: number) => Math.round(value * STEPS);
  return [
    shard,
    samples,
    steps(load),
    since,
    measured,
    ...peaks.flatMap((peak) => [peak.part, steps(peak.load)]),
  ];
}

function fromShard(value: unknown): ShardRecord {
  const [shard, ...numbers] = Array.isArray(value) ? (value as unknown[]) : [];
  const isSound =
    typeof shard === 'string' && numbers.every(Number.isSafeInteger) && numbers.length % 2 === 0;
  if (!isSound || numbers.length < 4) throw new ItemError("attribute 'shards' has an entry that is no shard");
  const [samples, load, since, measured, ...pairs] = numbers as number[];
  const peaks: LoadPeak[] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    peaks.push({ part: pairs[at] as number, load: (pairs[at + 1] as number) / STEPS });
  }
  return {
    shard: shard as ShardId,
    samples: samples as number,
    load: (load as number) / STEPS,
    since: since as EpochMs,
    measured: measured as EpochMs,
    peaks,
  };
}

function listOfJson(json: string): unknown[] {
  try {
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw new ItemError("attribute 'shards' is no JSON list");
}
