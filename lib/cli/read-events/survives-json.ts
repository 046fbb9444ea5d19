/** Nesting up to here is walked; what is deeper goes the way of text, untouched. */
const DEPTH_MAX = 64;

/**
 * Whether a value from `JSON.parse` comes back the same after being written as JSON: `1e999` is read as Infinity,
 * which JSON would write as `null`, and one bad event would have become another.
 */
export function survivesJson(value: unknown, depth = 0): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === DEPTH_MAX) return false;
  if (Array.isArray(value)) return value.every((item) => survivesJson(item, depth + 1));
  for (const key in value) {
    if (!survivesJson((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return true;
}
