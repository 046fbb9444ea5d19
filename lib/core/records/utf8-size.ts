/** At least the bytes that a text takes within a JSON string in UTF-8: escapes count by their longest form. */
export function utf8BytesMax(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20) bytes += 5;
    else if (code < 0x80) bytes += code === 0x22 || code === 0x5c ? 1 : 0;
    else if (code < 0x800) bytes += 1;
    else bytes += code >= 0xd800 && code < 0xe000 ? 5 : 2; // half a pair alone is escaped
  }
  return bytes;
}
