import { RECORD_LIMITS } from './limits.ts';

/** Whether arrays and objects in `value` go deeper than `levels`; an array or object itself is one level. */
export function nestsDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const items = Array.isArray(value) ? value : Object.values(value);
  for (const item of items) {
    if (typeof item === 'object' && item !== null && nestsDeeperThan(item, levels - 1)) return true;
  }
  return false;
}

/** Whether JSON text of this length can nest too deeply at all: each level takes an opening and a closing character. */
export function mayNestTooDeep(textLength: number): boolean {
  return textLength > 2 * RECORD_LIMITS.nestingMax;
}
