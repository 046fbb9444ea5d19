import { CorruptError } from '#core/bytes/corrupt-error.ts';

/** What is missed where bytes are cut, by the errors' own words, from the shortest bytes to the longest. */
export function missedIn(bytes: Uint8Array, decode: (cut: Uint8Array) => unknown): string[] {
  const missed = new Set<string>();
  for (let length = 0; length < bytes.length; length++) {
    try {
      decode(bytes.subarray(0, length));
      missed.add('nothing');
    } catch (error) {
      missed.add(error instanceof CorruptError ? error.expected : String(error));
    }
  }
  return [...missed];
}
