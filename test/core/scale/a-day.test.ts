import { describe, expect, it } from 'vitest';
import { HOURS, type KeyLoad, keys, SETTINGS, StreamModel, seeded } from './stream-model.ts';

describe('a day', () => {
  /** From a third of the peak at night to the peak in the afternoon. */
  const curve = (minute: number) => 0.65 - 0.35 * Math.cos((2 * Math.PI * minute) / (24 * HOURS));

  it('scales out in the morning and in at night, without going back and forth', () => {
    const model = new StreamModel({ ...SETTINGS, shardsMin: 2 }, 2, seeded(11), 200);
    const noise = seeded(12);
    const all = keys(600, 1);
    const loadAt = (minute: number): KeyLoad[] => {
      const now = 6 * curve(minute) * (0.9 + 0.2 * noise());
      return all.map(({ position, records }) => ({ position, records: records * now }));
    };
    // The first day finds its shape.
    model.run(24 * HOURS, loadAt);
    const counts: number[] = [];
    const hotMinutes: number[] = [];
    const from = model.moves.length;
    model.run(2 * 24 * HOURS, (minute) => {
      const load = loadAt(minute);
      counts.push(model.shards.length);
      if (Math.max(...model.loads(load)) > 1) hotMinutes.push(minute);
      return load;
    });
    const moves = model.moves.slice(from);
    const turns = moves.filter(({ type }, i) => i > 0 && moves[i - 1]?.type !== type).length;
    console.log(
      `two days, 1.8 to 6 shards' load: ${Math.min(...counts)} to ${Math.max(...counts)} shards, ` +
        `${moves.length} moves, ${turns} changes of direction`,
    );
    expect(hotMinutes).toEqual([]);
    expect(Math.max(...counts)).toBeGreaterThan(Math.min(...counts));
    // Out, in, out, in: three changes in two days.
    expect(turns).toBeLessThanOrEqual(4);
  });
});
