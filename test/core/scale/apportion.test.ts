import { expect, test } from 'vitest';
import { type ApportionGoal, apportion } from '#core/scale/apportion.ts';

const GOAL: ApportionGoal = { wholeMax: 1.5, partMax: 1.25, from: 0.125, partsMax: 100 };

test('nothing, and loads that are near each other, are left whole', () => {
  expect(apportion([], GOAL)).toEqual([]);
  expect(apportion([1, 1, 1], GOAL)).toEqual([1, 1, 1]);
  // 1.5 times the mean exactly: more than a part may have, and no more than what is whole may.
  expect(apportion([6, 4, 2], GOAL)).toEqual([1, 1, 1]);
});

test('what stands out is divided until its parts are near the mean of all parts', () => {
  // 1 in five parts of 0.2, where the mean is 1.5 / 9.
  expect(apportion([1, 0.125, 0.125, 0.125, 0.125], GOAL)).toEqual([5, 1, 1, 1, 1]);
  expect(apportion([0.125, 0.125, 1, 0.125, 0.125], GOAL)).toEqual([1, 1, 5, 1, 1]);
  // 6.5 is more than 1.5 times 4.25; in halves it is less than the mean.
  expect(apportion([6.5, 4, 2, 4.5], GOAL)).toEqual([2, 1, 1, 1]);
});

test('what is cool enough is left, whatever the others have', () => {
  expect(apportion([0.12, 0, 0], GOAL)).toEqual([1, 1, 1]);
  expect(apportion([0.125, 0, 0], GOAL)).toEqual([2, 1, 1]);
});

test('there are no more parts than there may be; the heaviest come first, of equal ones the first', () => {
  expect(apportion([8, 1], { ...GOAL, partsMax: 2 })).toEqual([1, 1]);
  expect(apportion([8, 1], { ...GOAL, partsMax: 3 })).toEqual([2, 1]);
  expect(apportion([1, 8], { ...GOAL, partsMax: 1 })).toEqual([1, 1]);
  const eager = { ...GOAL, wholeMax: 0.5, partMax: 0.5 };
  expect(apportion([4, 4, 1], { ...eager, partsMax: 4 })).toEqual([2, 1, 1]);
  expect(apportion([4, 4, 1], { ...eager, partsMax: 5 })).toEqual([2, 2, 1]);
  expect(apportion([8, 3, 1], { ...eager, partsMax: 6 })).toEqual([3, 2, 1]);
});
