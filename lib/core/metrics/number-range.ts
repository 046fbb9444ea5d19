/**
 * The greatest magnitude of a number that metrics take; callers refuse others before they get here. A window may have
 * up to 2^53 events: their sum stays below 1e116, the sum of their squares below 1e216, so that no step of the exact
 * arithmetic can overflow. A plain overflow would make the result depend on the order of the events.
 */
export const NUMBER_MAX = 1e100;

/** No exact sum of numbers or of squares is greater: 2^53 times `NUMBER_MAX` squared. */
export const SUM_MAX = 2 ** 53 * NUMBER_MAX ** 2;

/**
 * Below this magnitude a double may have bits under 2^-537, the square of which is no sum of doubles (the least is
 * 2^-1074). See `onSquareGrid`.
 */
const FINE_BELOW = 2 ** -485;

/**
 * The number itself, or the nearest multiple of 2^-537 (2e-162) where it has finer bits: what has an exact square.
 * It depends on this number alone, so the order of events still does not matter.
 */
export function onSquareGrid(x: number): number {
  if (x >= FINE_BELOW || x <= -FINE_BELOW) return x;
  // Away from 0 the sum lies between 2^-485 and 2^-484, where its 53 bits end at 2^-537; rounding drops the others.
  return x < 0 ? x - FINE_BELOW + FINE_BELOW : x + FINE_BELOW - FINE_BELOW;
}
