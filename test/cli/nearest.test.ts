import { expect, test } from 'vitest';
import { didYouMean, nearest } from '#cli/nearest.ts';

test('a slip is understood, a guess is not', () => {
  const known = ['delays_by_origin', 'delays_by_route', 'x'];
  expect(nearest('delays_by_orign', known)).toBe('delays_by_origin');
  expect(nearest('DELAYS_BY_ROUTE', known)).toBe('delays_by_route');
  expect(nearest('sales', known)).toBeUndefined();
  expect(nearest('anything', [])).toBeUndefined();
  expect(didYouMean('sales', known)).toBe('There are delays_by_origin, delays_by_route, x.');
  expect(didYouMean('sales', ['x'])).toBe('There is x.');
});
