import { RECORD_LIMITS } from './limits.ts';

/**
 * Whether `JSON.stringify` keeps every number of `value`: it turns NaN and the infinities into `null` and throws at
 * bigints. False, too, for what nests deeper than `levels` (a circular value does).
 */
export function jsonKeepsNumbers(value: unknown, levels: number = RECORD_LIMITS.nestingMax): boolean {
  const plain = asJsonSees(value, '');
  if (typeof plain === 'number') return Number.isFinite(plain);
  if (typeof plain !== 'object' || plain === null) return typeof plain !== 'bigint';
  if (levels === 0) return false;
  const items = Array.isArray(plain) ? plain : Object.values(plain);
  for (const item of items) if (!jsonKeepsNumbers(item, levels - 1)) return false;
  return true;
}

/**
 * JSON text of any value, as `JSON.stringify` writes it, but with no number turned into `null`:
 * - the infinities are 1e999 and -1e999, valid JSON that reads back as what they were;
 * - NaN (and `undefined` by itself) stays as it is called, which is no JSON: whoever reads it rejects it visibly;
 * - a bigint is its digits, which a reader without bigints rounds.
 *
 * Throws `RangeError` when the value nests deeper than a record may, or is circular.
 */
export function toLosslessJson(value: unknown): string {
  if (jsonKeepsNumbers(value)) return JSON.stringify(value) ?? 'undefined';
  return write(value, '', RECORD_LIMITS.nestingMax) ?? 'undefined';
}

/** What JSON takes in a value's place: a `Date`'s text, for one. */
export function asJsonSees(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return 'toJSON' in value && typeof value.toJSON === 'function' ? value.toJSON(key) : value;
}

/** `undefined` for what JSON leaves out: `undefined` itself, functions and symbols. */
function write(value: unknown, key: string, levels: number): string | undefined {
  const plain = asJsonSees(value, key);
  if (typeof plain === 'number' && !Number.isFinite(plain)) {
    return Number.isNaN(plain) ? 'NaN' : plain > 0 ? '1e999' : '-1e999';
  }
  if (typeof plain === 'bigint') return plain.toString();
  if (typeof plain !== 'object' || plain === null) return JSON.stringify(plain);
  if (levels === 0) {
    throw new RangeError(
      `nested deeper than ${RECORD_LIMITS.nestingMax} levels, or circular: flatten the event`,
    );
  }
  if (Array.isArray(plain)) {
    return `[${plain.map((item, index) => write(item, String(index), levels - 1) ?? 'null').join()}]`;
  }
  const members: string[] = [];
  for (const [name, item] of Object.entries(plain)) {
    const text = write(item, name, levels - 1);
    if (text !== undefined) members.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${members.join()}}`;
}
