import type { GroupKey } from './brand.ts';
import { CorruptError } from './bytes/corrupt-error.ts';
import type { GroupValue } from './pipeline/pipeline.ts';

/**
 * Longest group key, in UTF-16 units: values to group by are names and codes. Longer ones are a slip (a whole text, a
 * payload), and few of them would fill a block.
 */
export const GROUP_KEY_UNITS_MAX = 1024;

/*
 * A key is its values' texts with a separator between them. A string is itself, as long as it has neither of the two
 * control characters; any other value begins with the escape character and a letter that no escaped string has there.
 */
const SEPARATOR = '\u001f';
const ESCAPE = '\u001e';
const ESCAPED_SEPARATOR = `${ESCAPE}s`;
const ESCAPED_ESCAPE = `${ESCAPE}e`;
const NUMBER = `${ESCAPE}n`;
const TRUE = `${ESCAPE}t`;
const FALSE = `${ESCAPE}f`;
const NULL = `${ESCAPE}z`;

/** The group that the groups beyond the cap are counted in. No values have this key, the string `__other__` neither. */
export const OTHER_GROUP = `${ESCAPE}o` as GroupKey;

/** What the fields of `OTHER_GROUP` are shown as. */
const OTHER_VALUE = '__other__';

/**
 * The key of a tuple of group-by values: different tuples of the same length have different keys. Numbers are told
 * from strings, -0 is 0. `undefined` where there is no such group: a value that is missing, an object or not finite,
 * or a key that is too long; `explainGroupKey` says which.
 */
export function groupKeyOf(values: readonly unknown[]): GroupKey | undefined {
  let key = '';
  for (let at = 0; at < values.length; at++) {
    const part = partOf(values[at]);
    if (part === undefined) return undefined;
    key = at === 0 ? part : key + SEPARATOR + part;
  }
  return key.length > GROUP_KEY_UNITS_MAX ? undefined : (key as GroupKey);
}

/**
 * Why `groupKeyOf` gave no key for these values: a sentence that holds nothing of them. `fields` are the names of the
 * fields that they came from.
 */
export function explainGroupKey(values: readonly unknown[], fields?: readonly string[]): string {
  for (const [at, value] of values.entries()) {
    if (isTooLong(value) || partOf(value) !== undefined) continue;
    const field = fields?.[at];
    const place = field === undefined ? `group-by value ${at + 1} of ${values.length}` : `'${field}'`;
    if (value === undefined) return `${place} is missing; send it, as null if there is none`;
    if (typeof value === 'number') return `${place} is no finite number`;
    return `${place} is ${Array.isArray(value) ? 'an array' : `of type ${typeof value}`}; group by a string, number, boolean or null`;
  }
  return `the values to group by have over ${GROUP_KEY_UNITS_MAX} characters; group by something shorter`;
}

/**
 * The values of a key that `groupKeyOf` made from `fieldCount` values; for `OTHER_GROUP`, that many times
 * `__other__`. Throws `CorruptError` for any other key.
 */
export function groupValuesOf(key: GroupKey, fieldCount: number): GroupValue[] {
  if (key === OTHER_GROUP) return Array.from({ length: fieldCount }, () => OTHER_VALUE);
  if (fieldCount === 0 && key === '') return [];
  const values: GroupValue[] = [];
  let start = 0;
  for (const part of key.split(SEPARATOR)) {
    values.push(valueOf(part, start));
    start += part.length + 1;
  }
  if (values.length !== fieldCount) {
    throw new CorruptError(`a group key of ${fieldCount} values`, 0, `one of ${values.length}`);
  }
  return values;
}

function partOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      if (isTooLong(value)) return undefined;
      return value.includes(ESCAPE) || value.includes(SEPARATOR) ? escaped(value) : value;
    case 'number':
      return Number.isFinite(value) ? `${NUMBER}${value}` : undefined;
    case 'boolean':
      return value ? TRUE : FALSE;
    default:
      return value === null ? NULL : undefined;
  }
}

/** Asked before a string is scanned: an event may bring one of megabytes. */
function isTooLong(value: unknown): boolean {
  return typeof value === 'string' && value.length > GROUP_KEY_UNITS_MAX;
}

function escaped(text: string): string {
  return text.replaceAll(ESCAPE, ESCAPED_ESCAPE).replaceAll(SEPARATOR, ESCAPED_SEPARATOR);
}

function valueOf(part: string, start: number): GroupValue {
  if (!part.includes(ESCAPE)) return part;
  if (part === TRUE) return true;
  if (part === FALSE) return false;
  if (part === NULL) return null;
  if (part.startsWith(NUMBER)) {
    const number = Number(part.slice(NUMBER.length));
    if (`${NUMBER}${number}` === part && Number.isFinite(number)) return number;
    throw new CorruptError('a number in a group key', start, 'something else');
  }
  const text = part.replaceAll(ESCAPED_SEPARATOR, SEPARATOR).replaceAll(ESCAPED_ESCAPE, ESCAPE);
  if (escaped(text) === part) return text;
  throw new CorruptError('an escaped string in a group key', start, 'an unknown escape');
}
