import { expect, test } from 'vitest';
import type { EpochMs, ShardId } from '#core/brand.ts';
import { hashPosition } from '#core/scale/hash-range.ts';
import { loadOf, noteMeasures, type ShardLook } from '#core/scale/note-measures.ts';
import type { ScaleSettings } from '#core/scale/scale-settings.ts';
import type { ShardRecord } from '#core/scale/scale-state.ts';
import { MINUTE, SETTINGS } from './stream-model.ts';

/** At the beginning of a part of the calm: of an hour, six parts of ten minutes. */
const NOW = 170_000 * 10 * MINUTE;
const range = { first: hashPosition(0n), last: hashPosition(2n ** 128n - 1n) };

function look(recordsPerSecond: number | undefined, shard = 'a'): ShardLook {
  const measure =
    recordsPerSecond === undefined
      ? undefined
      : { bytesPerSecond: 0, recordsPerSecond, cuts: null, heaviest: [] };
  return { shard: shard as ShardId, range, measure };
}

/** Notes looks at shard `a`, each so many minutes after `NOW`. */
function noted(
  looks: readonly (readonly [minute: number, recordsPerSecond: number | undefined])[],
  settings: ScaleSettings = SETTINGS,
): ShardRecord | undefined {
  let records: ShardRecord[] = [];
  for (const [minute, rate] of looks)
    records = noteMeasures(records, [look(rate)], settings, (NOW + minute * MINUTE) as EpochMs);
  return records[0];
}

test('a load is the greater of the two shares of what a shard takes', () => {
  const capacity = { bytesPerSecond: 1_000_000, recordsPerSecond: 1000 };
  expect(loadOf({ bytesPerSecond: 250_000, recordsPerSecond: 100 }, capacity)).toBe(0.25);
  expect(loadOf({ bytesPerSecond: 250_000, recordsPerSecond: 500 }, capacity)).toBe(0.5);
});

test('the first two looks are taken as they are, later ones by half', () => {
  expect(noted([[0, 100]])).toEqual({
    ...{ shard: 'a', samples: 1, load: 0.1, since: NOW, measured: NOW },
    peaks: [{ part: 170_000, load: 0.1 }],
  });
  const first = [0, 100] as const;
  const second = [1, 800] as const;
  expect(noted([first, second])).toMatchObject({ samples: 2, load: 0.8, since: NOW, measured: NOW + MINUTE });
  expect(noted([first, second, [2, 400]])).toMatchObject({ samples: 3, load: 0.6000000000000001 });
});

test('a second look within half a period does not count; one that found nothing changes nothing', () => {
  const once = noted([[0, 100]]);
  expect(
    noted([
      [0, 100],
      [0.49, 900],
    ]),
  ).toEqual(once);
  expect(
    noted([
      [0, 100],
      [0.5, 900],
    ]),
  ).toMatchObject({ samples: 2, load: 0.9 });
  expect(
    noted([
      [0, 100],
      [5, undefined],
    ]),
  ).toEqual(once);
  expect(noted([[0, undefined]])).toBeUndefined();
});

test('a shard that nobody looked at for a part of the calm, or for five periods, begins anew', () => {
  const settings = { ...SETTINGS, periodMs: 4 * MINUTE };
  for (const [longest, each] of [
    [10, SETTINGS],
    [20, settings],
  ] as const) {
    expect(
      noted(
        [
          [0, 100],
          [longest, 300],
        ],
        each,
      ),
    ).toMatchObject({ samples: 2, since: NOW });
    expect(
      noted(
        [
          [0, 100],
          [longest + 0.01, 300],
        ],
        each,
      ),
    ).toMatchObject({ samples: 1, load: 0.3 });
    expect(
      noted(
        [
          [0, 100],
          [longest, undefined],
        ],
        each,
      ),
    ).toMatchObject({ samples: 1, load: 0.1 });
    expect(
      noted(
        [
          [0, 100],
          [longest + 0.01, undefined],
        ],
        each,
      ),
    ).toBeUndefined();
  }
});

test('the highest load of each part is kept for as long as the calm lasts', () => {
  const rates = [100, 500, 200, 300, 100, 100, 100, 100];
  // Every ten minutes, and once more in the second part: from the third look on, loads are halfway.
  const looks = rates.map((rate, i) => [10 * i, rate] as const);
  const all = noted([...looks.slice(0, 2), [11, 100], ...looks.slice(2)]);
  expect(all?.peaks.map(({ part }) => part - 170_000)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(all?.peaks.map(({ load }) => Number(load.toFixed(7)))).toEqual([
    ...[0.5, 0.25, 0.275, 0.1875, 0.14375, 0.121875, 0.1109375],
  ]);
});

test('closed shards are forgotten, and samples are counted up to a million', () => {
  const known: ShardRecord[] = ['a', 'b'].map((shard) => ({
    ...{ shard: shard as ShardId, samples: 1_000_000, load: 0.5 },
    ...{ since: NOW as EpochMs, measured: NOW as EpochMs, peaks: [] },
  }));
  const after = noteMeasures(known, [look(500, 'b')], SETTINGS, (NOW + MINUTE) as EpochMs);
  expect(after.map(({ shard, samples }) => [shard, samples])).toEqual([['b', 1_000_000]]);
});
