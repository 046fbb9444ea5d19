import { describe, expect, test } from 'vitest';
import type { EpochMs, ShardId } from '#core/brand.ts';
import { decideMoves } from '#core/scale/decide-moves.ts';
import { hashPosition } from '#core/scale/hash-range.ts';
import type { ShardLook } from '#core/scale/note-measures.ts';
import type { ScaleSettings } from '#core/scale/scale-settings.ts';
import type { ScaleState, ShardRecord } from '#core/scale/scale-state.ts';
import type { Cut, HeavyKey } from '#core/scale/shard-sample.ts';
import { MINUTE, SETTINGS } from './stream-model.ts';

const NOW = 1_700_000_000_000 as EpochMs;
const CALM = (NOW - SETTINGS.calmMs) as EpochMs;
const place = (at: number) => hashPosition(BigInt(at));

interface Known {
  readonly load: number;
  /** Looks before this one. */
  readonly samples?: number;
  readonly remains?: number | null;
  readonly thirdRemains?: number;
  readonly fifthsRemain?: number;
  readonly heaviest?: readonly HeavyKey[];
  /** Not measured this time. */
  readonly isUnseen?: boolean;
  readonly hasNoCuts?: boolean;
  readonly since?: EpochMs;
  readonly width?: number;
}

const HALF = 50;
const THIRD = 33;
const FIFTHS = 40;

/** Shards side by side that have carried these loads all the time; each may be cut at 50, 33 and 40 of its range. */
function stream(all: readonly Known[]): { looks: ShardLook[]; records: ShardRecord[] } {
  let from = 0;
  const looks: ShardLook[] = [];
  const records: ShardRecord[] = [];
  for (const [i, known] of all.entries()) {
    const { load, width = 100, remains = 0.5, samples = 2 } = known;
    const shard = `s${i}` as ShardId;
    const range = { first: place(from), last: place(from + width - 1) };
    const cut = (at: number, left: number | null): Cut => ({ at: place(from + at), remains: left });
    const cuts = {
      half: cut(HALF, remains),
      third: cut(THIRD, known.thirdRemains ?? 2 / 3),
      twoFifths: cut(FIFTHS, known.fifthsRemain ?? 3 / 5),
    };
    const measure = {
      ...{ bytesPerSecond: 0, recordsPerSecond: 1000 * load },
      ...{ cuts: known.hasNoCuts === true ? null : cuts, heaviest: known.heaviest ?? [] },
    };
    looks.push({ shard, range, measure: known.isUnseen === true ? undefined : measure });
    const times = { since: known.since ?? CALM, measured: (NOW - MINUTE) as EpochMs };
    if (samples > 0) records.push({ shard, samples, load, ...times, peaks: [] });
    from += width;
  }
  return { looks, records };
}

interface Case {
  readonly settings?: Partial<ScaleSettings>;
  readonly state?: Partial<ScaleState>;
  readonly mayMove?: boolean;
}

function decide(all: readonly Known[], { settings, state, mayMove = true }: Case = {}) {
  const { looks, records } = stream(all);
  const before: ScaleState = {
    ...{ rev: 7, shards: records, lastSplit: null, balancingUntil: null, movingUntil: null },
    ...state,
  };
  return decideMoves({ ...SETTINGS, ...settings }, before, looks.toReversed(), NOW, mayMove);
}

/** `split s0 50`, with the place within the shard; `merge s0`. */
function moves(all: readonly Known[], given: Case = {}): string[] {
  return decide(all, given).moves.map((move) =>
    move.type === 'merge' ? `merge ${move.shard}` : `split ${move.shard} ${Number(`0x${move.at}`) % 100}`,
  );
}

const loads = (...all: number[]): Known[] => all.map((load) => ({ load }));
const later = (minutes: number) => (NOW + minutes * MINUTE) as EpochMs;
const balancing: Case = { state: { balancingUntil: later(1) } };

describe('a hot shard', () => {
  test('is split from 70 % of its capacity on, once it was looked at three times', () => {
    expect(moves(loads(0.7, 0.6))).toEqual(['split s0 50']);
    expect(moves(loads(0.69, 0.6))).toEqual([]);
    expect(moves([{ load: 0.9, samples: 1 }, { load: 0.6 }])).toEqual([]);
    expect(moves([{ load: 0.9, samples: 0 }, { load: 0.6 }])).toEqual([]);
  });

  test('is split where it says, and why', () => {
    expect(decide(loads(0.84, 0.6)).moves).toEqual([
      {
        ...{ type: 'split', shard: 's0', at: place(50) },
        reason:
          'it carries 84 % of what it is to carry at most, and is hot from 70 %; ' +
          'cut where 50 % of its load remain on the heavier side',
      },
    ]);
    expect(decide(loads(0.7, 0.6)).moves).toMatchObject([
      { reason: expect.stringContaining('is hot from 70 %') },
    ]);
    expect(decide([{ load: 0.84, remains: null }, { load: 0.6 }]).moves).toMatchObject([
      {
        reason:
          'it carries 84 % of what it is to carry at most, and is hot from 70 %; ' +
          "cut in the middle of its range: its records' partition keys do not tell where they belong",
      },
    ]);
  });

  test('is cut for as many parts as it needs: an odd one more above, unless that leaves too much', () => {
    // Beside these, 0.9 is to be in three parts, and 1.8 in five.
    const others = [0.3, 0.3, 0.3, 0.3, 0.3];
    expect(moves(loads(0.9, ...others))).toEqual(['split s0 33']);
    expect(moves([{ load: 0.9, thirdRemains: 0.86 }, ...loads(...others)])).toEqual(['split s0 50']);
    expect(moves([{ load: 0.9, thirdRemains: 0.85 }, ...loads(...others)])).toEqual(['split s0 33']);
    // With room for one more shard, there are two parts at most; with room for two, three.
    expect(moves(loads(0.9, ...others), { settings: { shardsMax: 7 } })).toEqual(['split s0 50']);
    expect(moves(loads(0.9, ...others), { settings: { shardsMax: 8 } })).toEqual(['split s0 33']);
    expect(moves(loads(1.8, ...others))).toEqual(['split s0 40']);
    expect(moves([{ load: 1.8, fifthsRemain: 0.9 }, ...loads(...others)])).toEqual(['split s0 50']);
  });

  test('of one key is not split: the key is named', () => {
    const heaviest = [
      { hash: place(5), share: 0.86 },
      { hash: place(6), share: 0.1 },
    ];
    const { moves: made, findings } = decide([{ load: 0.9, remains: 0.86, heaviest }, { load: 0.6 }]);
    expect(made).toEqual([]);
    expect(findings).toEqual([{ type: 'hot_key', shard: 's0', load: 0.9, key: place(5), share: 0.86 }]);
    expect(moves([{ load: 0.9, remains: 0.85, heaviest }, { load: 0.6 }])).toEqual(['split s0 50']);
    // No place to cut, and no key to name.
    expect(decide([{ load: 0.9, hasNoCuts: true }, { load: 0.6 }])).toMatchObject({
      moves: [],
      findings: [],
    });
  });

  test('that was not looked at this time is left for the next', () => {
    expect(decide([{ load: 0.9, samples: 9, isUnseen: true }, { load: 0.6 }])).toMatchObject({
      moves: [],
      findings: [],
    });
  });

  test('is told of where there may be no more shards; the hottest get what room there is', () => {
    const hot = loads(0.8, 0.9, 0.85);
    expect(moves(hot, { settings: { shardsMax: 4 } })).toEqual(['split s1 50']);
    expect(decide(hot, { settings: { shardsMax: 4 } }).findings).toEqual([
      { type: 'at_maximum', shard: 's2', load: 0.85 },
      { type: 'at_maximum', shard: 's0', load: 0.8 },
    ]);
    expect(decide(hot, { settings: { shardsMax: 5 } }).findings).toHaveLength(1);
  });

  test('is split with seven others at most', () => {
    const { moves: made, findings } = decide(loads(...Array.from({ length: 10 }, () => 0.9)));
    expect([made.length, findings]).toEqual([8, []]);
  });
});

describe('once a shard was hot', () => {
  test('others are evened out for thirty periods', () => {
    const { state } = decide(loads(0.9, 0.1));
    expect(state).toMatchObject({ rev: 8, lastSplit: NOW, balancingUntil: later(30), movingUntil: null });
    const uneven = loads(0.6, 0.25, 0.25, 0.25);
    expect(moves(uneven)).toEqual([]);
    expect(moves(uneven, balancing)).toHaveLength(1);
    expect(moves(uneven, { state: { balancingUntil: NOW } })).toEqual([]);
    expect(decide(uneven, balancing).moves).toMatchObject([
      {
        reason:
          'it carries 60 % of what it is to carry at most, and is to be evened out with the others, since a shard was hot; ' +
          'cut where 50 % of its load remain on the heavier side',
      },
    ]);
    // Only what is hot makes it last longer.
    expect(decide(uneven, balancing).state).toMatchObject({ lastSplit: NOW, balancingUntil: later(1) });
  });

  test('a hot one and one that stands out are split together, each once', () => {
    expect(moves(loads(0.8, 0.5, 0.1, 0.1, 0.1, 0.1), balancing).map((move) => move.slice(0, 8))).toEqual([
      ...['split s0', 'split s1'],
    ]);
  });

  test('one that no split helps, and is not hot, is not told of', () => {
    const heaviest = [{ hash: place(5), share: 0.9 }];
    const uneven = [{ load: 0.6, remains: 0.9, thirdRemains: 0.9, heaviest }, ...loads(0.25, 0.25, 0.25)];
    expect(decide(uneven, balancing)).toMatchObject({ moves: [], findings: [] });
    expect(decide(loads(0.6, 0.25, 0.25, 0.25), { ...balancing, settings: { shardsMax: 4 } })).toMatchObject({
      ...{ moves: [], findings: [] },
    });
  });

  test('it is over before its time when nothing is left to even out, and all shards are known', () => {
    expect(decide(loads(0.3, 0.3), balancing).state.balancingUntil).toBeNull();
    expect(decide(loads(0.6, 0.1, 0.1), { state: { balancingUntil: NOW } }).state.balancingUntil).toBeNull();
    const unknown = [...loads(0.3, 0.3), { load: 0.3, samples: 0 }];
    expect(decide(unknown, balancing).state.balancingUntil).toBe(later(1));
    // Something is left, for which there is no time.
    expect(decide(loads(0.9, 0.1), { ...balancing, mayMove: false }).state.balancingUntil).toBe(later(1));
  });
});

describe('nothing is moved', () => {
  test('while the stream is being changed; how the shards are is noted', () => {
    const still = decide(loads(0.9, 0.1), { mayMove: false });
    expect(still.moves).toEqual([]);
    expect(still.state).toMatchObject({ rev: 8, lastSplit: null, balancingUntil: null });
    expect(still.state.shards.map(({ samples }) => samples)).toEqual([3, 3]);
  });

  test('while another run makes its moves, up to the end of its time', () => {
    const during = decide(loads(0.9, 0.1), { state: { movingUntil: later(1) } });
    expect([during.moves, during.state.movingUntil]).toEqual([[], later(1)]);
    const after = decide(loads(0.9, 0.1), { state: { movingUntil: NOW } });
    expect([after.moves.length, after.state.movingUntil]).toEqual([1, null]);
  });

  test('together that was split a quarter of the calm ago, or is being evened out', () => {
    const quiet = loads(0.1, 0.1);
    expect(moves(quiet)).toEqual(['merge s0']);
    expect(moves(quiet, { state: { lastSplit: later(-15) } })).toEqual(['merge s0']);
    expect(moves(quiet, { state: { lastSplit: later(-14) } })).toEqual([]);
    const unknown: Known[] = [...quiet, { load: 0.1, samples: 0 }];
    expect(moves(unknown)).toEqual(['merge s0']);
    expect(moves(unknown, balancing)).toEqual([]);
  });
});

describe('a stream with fewer shards than it is to have', () => {
  const few = (shardsMin: number): Case => ({ settings: { shardsMin } });

  test('gets them: the busiest are split, of equal ones the widest, and it is said why', () => {
    expect(moves(loads(0.1, 0.3, 0.2), few(5))).toEqual(['split s1 50', 'split s2 50']);
    expect(moves([{ load: 0.1 }, { load: 0.1, width: 2 ** 80 }], few(3))).toEqual(['split s1 50']);
    expect(decide(loads(0.1), few(2)).moves).toMatchObject([
      { reason: 'the stream has 1 shards, and is to have at least 2' },
    ]);
    expect(decide(loads(0.1), few(2)).state).toMatchObject({ lastSplit: NOW, balancingUntil: null });
  });

  test('gets eight at a time, of shards that can be cut and were looked at', () => {
    expect(moves(loads(...Array.from({ length: 12 }, () => 0.1)), few(30))).toHaveLength(8);
    expect(
      moves([{ load: 0.3, hasNoCuts: true }, { load: 0.2, isUnseen: true }, { load: 0.1 }], few(4)),
    ).toEqual(['split s2 50']);
    expect(moves(loads(0.6, 0.6), few(2))).toEqual([]);
  });

  test('has its hot ones split first', () => {
    expect(moves(loads(0.9, 0.3), few(6))).toEqual(['split s0 50']);
  });
});
