import { createHash } from 'node:crypto';
import type { EpochMs, HashPosition, ShardId } from '#core/brand.ts';
import { type Decision, decideMoves } from '#core/scale/decide-moves.ts';
import { type HashRange, hashNumber, hashPosition } from '#core/scale/hash-range.ts';
import type { Move } from '#core/scale/moves.ts';
import type { ShardLook } from '#core/scale/note-measures.ts';
import type { ScaleSettings } from '#core/scale/scale-settings.ts';
import { EMPTY_SCALE_STATE, type ScaleState } from '#core/scale/scale-state.ts';
import { measureShard, type SampledRecord, type ShardSample } from '#core/scale/shard-sample.ts';

export const MINUTE = 60_000;
/** In minutes. */
export const HOURS = 60;
/** Records a minute that use up a shard. */
export const FULL = 60_000;

export const SETTINGS: ScaleSettings = {
  shardsMin: 1,
  shardsMax: 64,
  capacity: { bytesPerSecond: 1_000_000, recordsPerSecond: 1000 },
  periodMs: MINUTE,
  calmMs: 60 * MINUTE,
};

/** Records of one partition key that come in a minute, each of 1,000 bytes: 60,000 are all that a shard takes. */
export interface KeyLoad {
  readonly position: HashPosition;
  readonly records: number;
}

export function positionOf(key: string): HashPosition {
  return createHash('md5').update(key).digest('hex') as HashPosition;
}

/** So many keys whose hashes are in the part of the space from `from` to `to`, with that load together. */
export function keys(count: number, load: number, from = 0, to = 1): KeyLoad[] {
  const found: KeyLoad[] = [];
  for (let i = 0; found.length < count; i++) {
    const position = positionOf(`key ${from} ${i}`);
    const place = Number.parseInt(position.slice(0, 8), 16) / 2 ** 32;
    if (place >= from && place < to) found.push({ position, records: (load * FULL) / count });
  }
  return found;
}

interface ModelShard {
  readonly shard: ShardId;
  readonly range: HashRange;
}

const RECORD_BYTES = 1000;

/**
 * A provisioned stream on a clock of minutes, which has the rules of Kinesis: a split needs a position within an open
 * shard, a merge two open neighbours, and an operation takes a while in which there is no other. Its load is given key by
 * key, and computed here without the code under test.
 */
export class StreamModel {
  readonly moves: { readonly minute: number; readonly type: 'split' | 'merge' }[] = [];
  shards: ModelShard[];
  now = 1_700_000_000_000 as EpochMs;
  minute = 0;
  state: ScaleState = EMPTY_SCALE_STATE;
  #made: number;
  readonly #settings: ScaleSettings;
  readonly #random: () => number;
  readonly #sampleMax: number;

  /** `sampleMax`: records of a sample at most; fewer than the use case takes, so that it errs by more. */
  constructor(settings: ScaleSettings, shards: number, random: () => number, sampleMax = 800) {
    this.#settings = settings;
    this.#random = random;
    this.#sampleMax = sampleMax;
    const step = (1n << 128n) / BigInt(shards);
    this.shards = Array.from({ length: shards }, (_, i) => ({
      shard: nameOf(i),
      range: {
        first: hashPosition(BigInt(i) * step),
        last: hashPosition(i === shards - 1 ? (1n << 128n) - 1n : BigInt(i + 1) * step - 1n),
      },
    }));
    this.#made = shards;
  }

  /** Shares of a shard's capacity, exactly. */
  loads(keys: readonly KeyLoad[]): number[] {
    return this.shards.map(({ range }) => {
      const records = keysIn(range, keys).reduce((sum, key) => sum + key.records, 0);
      return records / 60 / this.#settings.capacity.recordsPerSecond;
    });
  }

  /** One minute goes by under that load, and one run decides and has its moves made. */
  step(keys: readonly KeyLoad[], isMeasured: (shard: ShardId) => boolean = () => true): Decision {
    this.now = (this.now + MINUTE) as EpochMs;
    this.minute += 1;
    const looks = this.shards.map(({ range, shard }): ShardLook => {
      if (!isMeasured(shard)) return { shard, range, measure: undefined };
      const sample = this.sample(range, keys);
      return { shard, range, measure: measureShard(range, sample, this.#settings.capacity) };
    });
    const decision = decideMoves(this.#settings, this.state, looks, this.now, true);
    this.state = decision.state;
    for (const move of decision.moves) this.make(move);
    return decision;
  }

  run(minutes: number, keysAt: (minute: number) => readonly KeyLoad[]): Decision[] {
    return Array.from({ length: minutes }, () => this.step(keysAt(this.minute)));
  }

  /** Each record of the sample is drawn by the keys' loads; a shard takes no more than it can, whatever is put. */
  sample(range: HashRange, load: readonly KeyLoad[]): ShardSample {
    const keys = keysIn(range, load);
    let total = 0;
    const sums = keys.map(({ records }) => {
      total += records;
      return total;
    });
    const most = 60 * this.#settings.capacity.recordsPerSecond;
    const taken = Math.min(total, most);
    const count = Math.min(this.#sampleMax, Math.round(taken));
    const records = Array.from({ length: count }, (): SampledRecord => {
      const key = keys[firstAtLeast(sums, this.#random() * total)];
      return { position: key?.position ?? null, bytes: RECORD_BYTES / 2 };
    });
    return { records, spanMs: count === 0 ? MINUTE : (count / taken) * MINUTE };
  }

  /** Throws where Kinesis would refuse. */
  make(move: Move): void {
    const { minute } = this;
    const at = this.shards.findIndex(({ shard }) => shard === move.shard);
    const found = this.shards[at];
    if (found === undefined) throw new Error(`${move.shard} is no open shard`);
    if (move.type === 'split') {
      const { first, last } = found.range;
      if (move.at <= first || move.at > last) throw new Error(`${move.at} does not split ${move.shard}`);
      const below = hashPosition(hashNumber(move.at) - 1n);
      this.shards.splice(
        at,
        1,
        { shard: this.#name(), range: { first, last: below } },
        { shard: this.#name(), range: { first: move.at, last } },
      );
    } else {
      const next = this.shards[at + 1];
      if (next?.shard !== move.neighbour) throw new Error(`${move.neighbour} does not follow ${move.shard}`);
      const range = { first: found.range.first, last: next.range.last };
      this.shards.splice(at, 2, { shard: this.#name(), range });
    }
    this.moves.push({ minute, type: move.type });
  }

  #name(): ShardId {
    this.#made += 1;
    return nameOf(this.#made);
  }
}

/** Where in ascending numbers the first one is that is no less. */
function firstAtLeast(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function keysIn({ first, last }: HashRange, keys: readonly KeyLoad[]): KeyLoad[] {
  return keys.filter(({ position }) => first <= position && position <= last);
}

function nameOf(number: number): ShardId {
  return `shardId-${String(number).padStart(12, '0')}` as ShardId;
}

/** mulberry32: small, seeded, and good enough to draw samples by. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
