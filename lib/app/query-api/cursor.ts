import * as z from 'zod';
import { QUERY_LIMITS } from '#contracts/query-api.ts';
import { fnv1a64 } from '#core/fnv1a.ts';

/** Where in an answer a page begins: behind a row, or, with no group, at a window. */
export interface PagePosition {
  /** Which of the aggregates asked for, from 0. */
  readonly part: number;
  readonly windowStart: number;
  /** The last row's order in its window, as text; `null`: none of the window was given yet. */
  readonly after: string | null;
  /** How many rows of that order were given: the group that all further groups are counted in may look like another. */
  readonly given: number;
}

/** What a client sends back to get the next page: all that is needed, so that nothing is kept for it here. */
export interface Cursor extends PagePosition {
  /** The range as it was understood for the first page. */
  readonly from: number;
  readonly to: number;
}

const VERSION = 1;

const cursorParts = z.tuple([
  z.literal(VERSION),
  z.int().min(0).max(QUERY_LIMITS.aggregatesMax),
  z.int(),
  z.string().nullable(),
  z.int().min(0),
  z.int(),
  z.int(),
]);

/**
 * A cursor as text. `query` is what the answer is of; a cursor is good for that alone, and the check value at its end
 * says so. It is no secret, and no permission: whoever makes one up gets what the query gives anyway.
 */
export function writeCursor(cursor: Cursor, query: string): string {
  const { after, from, given, part, to, windowStart } = cursor;
  const text = asciiJson([VERSION, part, windowStart, after, given, from, to]);
  return toBase64Url(`${checkValue(text, query)}${text}`);
}

/** The cursor that `writeCursor` wrote for this query; `undefined` for anything else. */
export function readCursor(text: string, query: string): Cursor | undefined {
  if (text.length > QUERY_LIMITS.cursorLengthMax) return undefined;
  const decoded = fromBase64Url(text);
  const json = decoded?.slice(CHECK_LENGTH);
  if (json === undefined || decoded?.slice(0, CHECK_LENGTH) !== checkValue(json, query)) return undefined;
  const parsed = cursorParts.safeParse(parseJson(json));
  if (!parsed.success) return undefined;
  const [, part, windowStart, after, given, from, to] = parsed.data;
  return { part, windowStart, after, given, from, to };
}

const CHECK_LENGTH = 13;

function checkValue(text: string, query: string): string {
  return fnv1a64(`${query}\n${text}`).toString(36).padStart(CHECK_LENGTH, '0');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** With escapes for all else, since `btoa` takes bytes, and a group's value may be half of a surrogate pair. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function toBase64Url(ascii: string): string {
  return btoa(ascii).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): string | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    return atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
}
