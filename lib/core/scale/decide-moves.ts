import type { EpochMs } from '../brand.ts';
import { apportion } from './apportion.ts';
import { shareOfSpace } from './hash-range.ts';
import type { Finding, KnownShard, Move } from './moves.ts';
import { noteMeasures, type ShardLook } from './note-measures.ts';
import { planMerges } from './plan-merges.ts';
import { SCALE_RULES, type ScaleSettings } from './scale-settings.ts';
import type { ScaleState } from './scale-state.ts';
import type { Cut } from './shard-sample.ts';

export interface Decision {
  /** To be stored before the moves are made. */
  readonly state: ScaleState;
  readonly moves: readonly Move[];
  readonly findings: readonly Finding[];
}

/**
 * What is to be done to a stream, from all that is known of its shards. `mayMove` is false while the stream is being
 * changed: then it is only noted how the shards are.
 *
 * Hot shards are split at once, at the hash that halves their load (or leaves a third of it below, where three parts are
 * wanted), and their halves again until the load is balanced.
 * Merging is slow: both shards have been quiet for long, together they stay far from being hot, and they make no shard
 * that stands out. So under a constant load the moves come to an end: what a split makes is too much to be merged
 * unless the load falls, and what a merge makes is not split unless it grows by half.
 */
export function decideMoves(
  settings: ScaleSettings,
  state: ScaleState,
  looks: readonly ShardLook[],
  now: EpochMs,
  mayMove: boolean,
): Decision {
  const records = noteMeasures(state.shards, looks, settings, now);
  const byShard = new Map(records.map((record) => [record.shard, record]));
  const shards = looks
    .map((look): KnownShard => ({ ...look, record: byShard.get(look.shard) }))
    .sort((a, b) => (a.range.first < b.range.first ? -1 : 1));
  const isMoving = state.movingUntil !== null && now < state.movingUntil;
  const round = new Round(settings, state, shards, now);
  const noted: ScaleState = {
    ...state,
    rev: state.rev + 1,
    shards: records,
    balancingUntil: round.isBalancing ? state.balancingUntil : null,
    movingUntil: isMoving ? state.movingUntil : null,
  };
  const { findings, splits } = round.splits();
  if (!mayMove || isMoving) return { state: noted, moves: [], findings };
  if (splits.length > 0) {
    const balancingMs = SCALE_RULES.balancingPeriods * settings.periodMs;
    const balancingUntil = round.hot.length > 0 ? ((now + balancingMs) as EpochMs) : noted.balancingUntil;
    return { state: { ...noted, lastSplit: now, balancingUntil }, moves: splits, findings };
  }
  const pauseMs = SCALE_RULES.mergePauseShare * settings.calmMs;
  const isPaused = round.isBalancing || (state.lastSplit !== null && now - state.lastSplit < pauseMs);
  return { state: noted, moves: isPaused ? [] : planMerges(settings, shards, now), findings };
}

/** What one decision looks at for splits. */
class Round {
  readonly hot: readonly KnownShard[];
  readonly isBalancing: boolean;
  readonly #settings: ScaleSettings;
  readonly #shards: readonly KnownShard[];
  /** In how many parts each shard is to be divided, step by step. */
  readonly #parts: ReadonlyMap<KnownShard, number>;
  readonly #uneven: readonly KnownShard[];

  constructor(settings: ScaleSettings, state: ScaleState, shards: readonly KnownShard[], now: EpochMs) {
    this.#settings = settings;
    this.#shards = shards;
    const byLoad = shards.filter(isKnown).toSorted((a, b) => loadIn(b) - loadIn(a));
    const loads = byLoad.map(loadIn);
    const parts = apportion(loads, {
      wholeMax: SCALE_RULES.wholeMax,
      partMax: SCALE_RULES.partMax,
      from: SCALE_RULES.balancedFrom,
      partsMax: settings.shardsMax - shards.length + byLoad.length,
    });
    this.#parts = new Map(byLoad.map((shard, i) => [shard, parts[i] ?? 1]));
    this.hot = byLoad.filter((shard) => loadIn(shard) >= SCALE_RULES.hotFrom);
    this.#uneven = byLoad.filter(
      (shard) => loadIn(shard) < SCALE_RULES.hotFrom && (this.#parts.get(shard) ?? 1) > 1,
    );
    // It ends when there is nothing left to even out; shards that are not known yet may be.
    const isDone = byLoad.length === shards.length && this.hot.length + this.#uneven.length === 0;
    this.isBalancing = state.balancingUntil !== null && now < state.balancingUntil && !isDone;
  }

  splits(): { readonly splits: readonly Move[]; readonly findings: readonly Finding[] } {
    const { shardsMax, shardsMin } = this.#settings;
    const room = shardsMax - this.#shards.length;
    const splits: Move[] = [];
    const findings: Finding[] = [];
    for (const shard of this.#hotAndUneven()) {
      const isHot = loadIn(shard) >= SCALE_RULES.hotFrom;
      const { measure } = shard;
      // Not looked at this time: the next run will.
      if (measure === undefined) continue;
      const cut = this.#cut(shard);
      if (cut === undefined) {
        const [key] = measure.heaviest;
        if (isHot && key !== undefined) {
          const { hash, share } = key;
          findings.push({ type: 'hot_key', shard: shard.shard, load: loadIn(shard), key: hash, share });
        }
      } else if (splits.length >= room) {
        if (isHot) findings.push({ type: 'at_maximum', shard: shard.shard, load: loadIn(shard) });
      } else if (splits.length < SCALE_RULES.movesMax) {
        splits.push({
          type: 'split',
          shard: shard.shard,
          at: cut.at,
          reason: splitReason(shard, cut, isHot),
        });
      }
    }
    return { splits: splits.length > 0 ? splits : this.#splitsUpTo(shardsMin), findings };
  }

  /** Where to split a shard; `undefined` where no split helps. */
  #cut(shard: KnownShard): Cut | undefined {
    const cuts = shard.measure?.cuts;
    if (!cuts) return undefined;
    const helps = ({ remains }: Cut) => remains === null || remains <= SCALE_RULES.remainsMax;
    const parts = this.#parts.get(shard) ?? 2;
    // Of an odd number of parts, one more goes above.
    const odd = { 3: cuts.third, 5: cuts.twoFifths }[parts];
    if (odd !== undefined && helps(odd)) return odd;
    return helps(cuts.half) ? cuts.half : undefined;
  }

  #hotAndUneven(): readonly KnownShard[] {
    return this.isBalancing ? [...this.hot, ...this.#uneven] : this.hot;
  }

  /** A stream with fewer shards than it is to have at least: the busiest are split, or else the widest. */
  #splitsUpTo(shardsMin: number): Move[] {
    const missing = Math.min(shardsMin - this.#shards.length, SCALE_RULES.movesMax);
    if (missing <= 0) return [];
    return this.#shards
      .toSorted((a, b) => loadIn(b) - loadIn(a) || shareOfSpace(b.range) - shareOfSpace(a.range))
      .flatMap(({ measure, shard }): Move[] => {
        if (!measure?.cuts) return [];
        const reason = `the stream has ${this.#shards.length} shards, and is to have at least ${shardsMin}`;
        return [{ type: 'split', shard, at: measure.cuts.half.at, reason }];
      })
      .slice(0, missing);
  }
}

function isKnown({ record }: KnownShard): boolean {
  return record !== undefined && record.samples >= SCALE_RULES.samplesMin;
}

function loadIn({ record }: KnownShard): number {
  return record?.load ?? 0;
}

function splitReason(shard: KnownShard, { remains }: Cut, isHot: boolean): string {
  const load = `it carries ${percent(loadIn(shard))} of what it is to carry at most`;
  const why = isHot
    ? `${load}, and is hot from ${percent(SCALE_RULES.hotFrom)}`
    : `${load}, and is to be evened out with the others, since a shard was hot`;
  const halves =
    remains === null
      ? "cut in the middle of its range: its records' partition keys do not tell where they belong"
      : `cut where ${percent(remains)} of its load remain on the heavier side`;
  return `${why}; ${halves}`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
