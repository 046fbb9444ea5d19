/** DynamoDB's limit for a partition key's value. */
const KEY_BYTES_MAX = 2048;

/** A value to look up by, as text. `undefined` for what can't be one: null, missing, a boolean, an object. */
export function referenceKeyOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/**
 * Whether a table can have an entry under this key. DynamoDB refuses a call with a key that is empty or too long, and
 * one with two keys that are the same in UTF-8, as halves of surrogate pairs are: one event would stop them all.
 */
export function canBeKey(key: string): boolean {
  return key !== '' && !/\p{Surrogate}/u.test(key) && utf8Bytes(key) <= KEY_BYTES_MAX;
}

/** Of a text without halves of surrogate pairs. */
function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) continue;
    // Each half of a pair is two of the pair's four bytes.
    bytes += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2;
  }
  return bytes;
}
