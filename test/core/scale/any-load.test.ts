import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashPosition } from '#core/scale/hash-range.ts';
import { SCALE_RULES } from '#core/scale/scale-settings.ts';
import { FULL, HOURS, type KeyLoad, SETTINGS, StreamModel, seeded } from './stream-model.ts';

describe('under any load', () => {
  const aLoad = fc
    .array(
      fc.record({
        place: fc.double({ min: 0, max: 0.999999, noNaN: true }),
        share: fc.double({ min: 0.001, max: 1, noNaN: true }),
      }),
      {
        minLength: 1,
        maxLength: 40,
      },
    )
    .map((some): KeyLoad[] =>
      some.map(({ place, share }, i) => ({
        position: hashPosition((BigInt(Math.floor(place * 2 ** 52)) << 76n) + BigInt(i)),
        records: share * FULL,
      })),
    );

  it('keeps to its bounds, to what Kinesis allows, and comes to rest', () => {
    const property = fc.property(
      fc.array(fc.record({ load: aLoad, minutes: fc.integer({ min: 1, max: 150 }) }), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 10 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer(),
      (phases, shardsMin, more, shards, seed) => {
        const settings = { ...SETTINGS, shardsMin, shardsMax: shardsMin + more };
        const random = seeded(seed);
        const model = new StreamModel(settings, shards, random, 100);
        // The model throws at any move that Kinesis would not make.
        const step = (load: readonly KeyLoad[]) => {
          const before = model.shards.length;
          const decision = model.step(load, () => random() < 0.95);
          expect(decision.moves.length).toBeLessThanOrEqual(SCALE_RULES.movesMax);
          const after = model.shards.length;
          if (after > before) expect(after).toBeLessThanOrEqual(Math.max(settings.shardsMax, shardsMin));
          if (after < before) expect(after).toBeGreaterThanOrEqual(shardsMin);
          // One direction at a time.
          expect(new Set(decision.moves.map(({ type }) => type)).size).toBeLessThanOrEqual(1);
        };
        for (const { load, minutes } of phases) for (let i = 0; i < minutes; i++) step(load);
        const { load } = phases.at(-1) ?? { load: [] };
        for (let i = 0; i < 12 * HOURS; i++) step(load);
        const { length } = model.moves;
        for (let i = 0; i < 6 * HOURS; i++) step(load);
        expect(model.moves.slice(length)).toEqual([]);
      },
    );
    fc.assert(property, { numRuns: 25 });
  });

  it('ends with no hot shard but those that no split helps, where there may be as many as are needed', () => {
    const property = fc.property(
      aLoad,
      fc.integer({ min: 1, max: 8 }),
      fc.integer(),
      (load, shards, seed) => {
        const model = new StreamModel({ ...SETTINGS, shardsMax: 200 }, shards, seeded(seed), 400);
        const last = model.run(2 * HOURS, () => load).at(-1);
        const hot = new Set(last?.findings.map(({ shard }) => shard));
        for (const [i, share] of model.loads(load).entries()) {
          if (hot.has(model.shards[i]?.shard as never)) continue;
          // The sample errs by a little.
          expect(Math.min(1, share)).toBeLessThanOrEqual(SCALE_RULES.hotFrom + 0.03);
        }
        expect(last?.findings.every(({ type }) => type === 'hot_key')).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 40 });
  });
});
