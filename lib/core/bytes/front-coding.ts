import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/**
 * Front coding: texts, each as the number of UTF-16 units that it shares with the one before, and the rest. Sorted
 * texts share much. Few bytes can stand for much text, hence a limit on their length in full, `unitsMax`.
 */

/**
 * Writes different texts that are sorted by code units, as `sort()` does. Throws `RangeError` if they have more than
 * `unitsMax` units together: they could not be read again.
 */
export function writeSortedTexts(out: ByteWriter, texts: readonly string[], unitsMax: number): void {
  out.varint(texts.length);
  let before = '';
  let units = 0;
  for (const text of texts) {
    units += text.length;
    if (units > unitsMax) throw new RangeError(`texts of more than ${unitsMax} characters together`);
    const shared = sharedUnits(before, text);
    out.varint(shared);
    out.text(text.slice(shared));
    before = text;
  }
}

/** Reads what `writeSortedTexts` wrote. Throws `CorruptError` where they are not sorted or too long. */
export function readSortedTexts(input: ByteReader, unitsMax: number, what: string): string[] {
  const count = input.count(2, `the number of ${what}`);
  const texts: string[] = [];
  let before = '';
  let units = 0;
  for (let at = 0; at < count; at++) {
    const shared = input.varint('the length that a text shares');
    if (shared > before.length)
      throw input.corrupt(`at most ${before.length} shared characters`, `${shared}`);
    const text = before.slice(0, shared) + input.text();
    if (at > 0 && text <= before) throw input.corrupt(`${what} in order`, 'one out of order');
    units += text.length;
    if (units > unitsMax) throw input.corrupt(`${what} of ${unitsMax} characters at most`, 'more');
    texts.push(text);
    before = text;
  }
  return texts;
}

function sharedUnits(a: string, b: string): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++;
  return shared;
}
