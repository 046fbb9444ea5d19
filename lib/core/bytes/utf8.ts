import { CorruptError } from './corrupt-error.ts';

/**
 * Strings as bytes in WTF-8 (simonsapin.github.io/wtf-8): UTF-8, which also has three bytes for a surrogate that
 * stands alone. JavaScript strings may hold such, JSON can bring them in (`"\ud800"`), and plain UTF-8 would turn all
 * of them into U+FFFD: different groups would become one.
 */

/** How many bytes `writeUtf8` takes for this text. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else if (isPairAt(text, at, unit)) {
      length += 2; // 4 bytes for 2 units
      at += 1;
    } else length += 2;
  }
  return length;
}

/** Writes text into `bytes`, from `offset` on, where there must be room for `utf8Length(text)` bytes. */
export function writeUtf8(text: string, bytes: Uint8Array, offset: number): void {
  let to = offset;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      bytes[to++] = unit;
    } else if (unit < 0x800) {
      bytes[to++] = 0xc0 | (unit >> 6);
      bytes[to++] = 0x80 | (unit & 0x3f);
    } else if (isPairAt(text, at, unit)) {
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(++at) & 0x3ff);
      bytes[to++] = 0xf0 | (point >> 18);
      bytes[to++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[to++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[to++] = 0x80 | (point & 0x3f);
    } else {
      bytes[to++] = 0xe0 | (unit >> 12);
      bytes[to++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[to++] = 0x80 | (unit & 0x3f);
    }
  }
}

/**
 * Reads `bytes[start, end)` as text. Throws `CorruptError` for anything that `writeUtf8` does not write (longer forms
 * than needed, code points beyond U+10FFFF, a pair as two single surrogates), so that different bytes are different
 * texts.
 */
export function readUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  let at = start;
  let afterHighSurrogate = false;
  while (at < end) {
    const first = bytes[at] as number;
    if (first < 0x80) {
      text += String.fromCharCode(first);
      afterHighSurrogate = false;
      at += 1;
      continue;
    }
    const size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (size === 0) throw new CorruptError('the first byte of a character', at, 'another byte');
    let point = first & (0xff >> (size + 1));
    for (let next = at + 1; next < at + size; next++) {
      // Beyond `end` may lie other data, beyond the array nothing: neither belongs to this text.
      const byte = next < end ? (bytes[next] as number) : 0;
      if ((byte & 0xc0) !== 0x80)
        throw new CorruptError('a further byte of a character', next, 'something else');
      point = (point << 6) | (byte & 0x3f);
    }
    if ((size === 3 && point < 0x800) || (size === 4 && (point < 0x10000 || point > 0x10ffff))) {
      throw new CorruptError('a character in its shortest form', at, 'another form');
    }
    if (afterHighSurrogate && isLowSurrogate(point)) {
      throw new CorruptError('a surrogate pair in 4 bytes', at, 'its second half alone');
    }
    afterHighSurrogate = isHighSurrogate(point);
    text += String.fromCodePoint(point);
    at += size;
  }
  return text;
}

function isPairAt(text: string, at: number, unit: number): boolean {
  return isHighSurrogate(unit) && at + 1 < text.length && isLowSurrogate(text.charCodeAt(at + 1));
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
