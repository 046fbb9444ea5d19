/** Index of the first character that is no white space of JSON's (any other white space is content), or the length. */
export function skipWhiteSpace(text: string): number {
  let index = 0;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
  }
  return index;
}
