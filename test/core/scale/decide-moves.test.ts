import { describe, expect, it } from 'vitest';
import type { EpochMs } from '#core/brand.ts';
import { decideMoves } from '#core/scale/decide-moves.ts';
import { hashPosition } from '#core/scale/hash-range.ts';
import { EMPTY_SCALE_STATE } from '#core/scale/scale-state.ts';
import { FULL, HOURS, keys, MINUTE, positionOf, SETTINGS, StreamModel, seeded } from './stream-model.ts';

describe('scaling out', () => {
  it('one key with 60 % of the load: says so, by its hash, and does not split for it', () => {
    const heavy = positionOf('the one');
    const load = [{ position: heavy, records: 0.9 * FULL }, ...keys(400, 0.6)];
    const model = new StreamModel(SETTINGS, 4, seeded(2));
    const decisions = model.run(12 * HOURS, () => load);
    const last = decisions.at(-1) ?? expect.fail();
    expect(last.findings).toEqual([
      {
        type: 'hot_key',
        shard: expect.any(String),
        load: expect.any(Number),
        key: heavy,
        share: expect.any(Number),
      },
    ]);
    const [finding] = last.findings;
    expect(finding?.type === 'hot_key' && finding.share).toBeGreaterThan(0.8);
    expect(model.moves.filter(({ type }) => type === 'split').length).toBeLessThanOrEqual(2);
    // It is quiet again when the key is.
    const after = model.run(30, () => keys(400, 0.6));
    expect(after.at(-1)?.findings).toEqual([]);
  });

  it('is done within minutes where all shards are hot', () => {
    const load = keys(2000, 6.4);
    const model = new StreamModel(SETTINGS, 8, seeded(3));
    model.run(4, () => load);
    expect(model.shards).toHaveLength(16);
  });

  it('says where there may be no more shards', () => {
    const model = new StreamModel({ ...SETTINGS, shardsMax: 2 }, 2, seeded(4));
    const decisions = model.run(60, () => keys(500, 1.8));
    expect(model.shards).toHaveLength(2);
    expect(decisions.at(-1)?.findings.map(({ type }) => type)).toEqual(['at_maximum', 'at_maximum']);
  });

  it('brings a stream to the least number of shards, whatever its load', () => {
    const model = new StreamModel({ ...SETTINGS, shardsMin: 5 }, 2, seeded(5));
    model.run(5, () => []);
    expect(model.shards).toHaveLength(5);
    model.run(12 * HOURS, () => []);
    expect(model.shards).toHaveLength(5);
  });

  it('takes a shard whose records came with explicit hash keys apart in its middle', () => {
    const range = { first: hashPosition(0n), last: hashPosition((1n << 128n) - 1n) };
    const middle = { at: hashPosition(1n << 127n), remains: null };
    const measure = {
      ...{ bytesPerSecond: 900_000, recordsPerSecond: 900, heaviest: [] },
      cuts: { half: middle, third: middle, twoFifths: middle },
    };
    let state = EMPTY_SCALE_STATE;
    const looks = [{ shard: 'a' as never, range, measure }];
    for (let i = 0; i < 3; i++) {
      const decision = decideMoves(SETTINGS, state, looks, (i * MINUTE) as EpochMs, true);
      state = decision.state;
      if (i < 2) expect(decision.moves).toEqual([]);
      else expect(decision.moves).toMatchObject([{ type: 'split', at: middle.at }]);
    }
  });
});

describe('scaling in', () => {
  it('merges quiet shards after an hour, not before', () => {
    const load = keys(500, 0.4);
    const model = new StreamModel(SETTINGS, 4, seeded(6));
    model.run(59, () => load);
    expect(model.shards).toHaveLength(4);
    model.run(4 * HOURS, () => load);
    expect(model.shards).toHaveLength(1);
  });

  it('does not go by a quiet minute of a busy hour', () => {
    const model = new StreamModel(SETTINGS, 4, seeded(7));
    const busy = keys(500, 2);
    model.run(24 * HOURS, (minute) => (minute % 50 < 10 ? busy : []));
    expect(model.moves).toEqual([]);
  });

  it('begins anew with shards that nobody has looked at for long', () => {
    const model = new StreamModel(SETTINGS, 2, seeded(8));
    model.run(50, () => []);
    model.now = (model.now + 5 * 60 * MINUTE) as EpochMs;
    model.run(55, () => []);
    expect(model.moves).toEqual([]);
    model.run(10, () => []);
    expect(model.shards).toHaveLength(1);
  });
});

describe('two runs at once', () => {
  it('look at a shard twice, and count it once', () => {
    const model = new StreamModel(SETTINGS, 1, seeded(9));
    const load = keys(500, 0.9);
    model.step(load);
    // A second and a third run in the same minute.
    model.now = (model.now - MINUTE + 1000) as EpochMs;
    model.step(load);
    model.now = (model.now - MINUTE + 1000) as EpochMs;
    const third = model.step(load);
    expect(third.state.shards[0]?.samples).toBe(1);
    expect(model.moves).toEqual([]);
  });

  it('leave the moves to the one that has decided on some, until its time is over', () => {
    const model = new StreamModel(SETTINGS, 1, seeded(10));
    const load = keys(500, 0.9);
    model.run(2, () => load);
    model.state = { ...model.state, movingUntil: (model.now + 2 * MINUTE) as EpochMs };
    expect(model.step(load).moves).toEqual([]);
    expect(model.step(load).moves).toHaveLength(1);
  });
});
