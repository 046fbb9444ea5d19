/**
 * MurmurHash3_x86_128: 128 bits of hash in four lanes of 32 bits, which is what JavaScript multiplies fast.
 * Source: A. Appleby, SMHasher, public domain. Not for secrets, and not keyed: who wants to can make values collide.
 *
 * Writes the four lanes of the hash of `bytes[0, length)` into `lanes`, in the order in which the reference writes
 * them (each little endian).
 */
export function murmurHash3(bytes: Uint8Array, length: number, seed: number, lanes: Int32Array): void {
  let h1 = seed | 0;
  let h2 = h1;
  let h3 = h1;
  let h4 = h1;
  const blocksEnd = length - (length % 16);
  for (let at = 0; at < blocksEnd; at += 16) {
    h1 = (Math.imul(rotateLeft(h1 ^ mix1(wordAt(bytes, at)), 19) + h2, 5) + 0x561ccd1b) | 0;
    h2 = (Math.imul(rotateLeft(h2 ^ mix2(wordAt(bytes, at + 4)), 17) + h3, 5) + 0x0bcaa747) | 0;
    h3 = (Math.imul(rotateLeft(h3 ^ mix3(wordAt(bytes, at + 8)), 15) + h4, 5) + 0x96cd1c35) | 0;
    h4 = (Math.imul(rotateLeft(h4 ^ mix4(wordAt(bytes, at + 12)), 13) + h1, 5) + 0x32ac3b17) | 0;
  }
  // Words beyond the end are 0, and 0 is what each mix makes of 0: they change nothing, as in the reference.
  h1 ^= mix1(wordBefore(bytes, blocksEnd, length)) ^ length;
  h2 ^= mix2(wordBefore(bytes, blocksEnd + 4, length)) ^ length;
  h3 ^= mix3(wordBefore(bytes, blocksEnd + 8, length)) ^ length;
  h4 ^= mix4(wordBefore(bytes, blocksEnd + 12, length)) ^ length;

  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = finish(h2 + h1);
  h3 = finish(h3 + h1);
  h4 = finish(h4 + h1);
  h1 = (finish(h1) + h2 + h3 + h4) | 0;
  lanes[0] = h1;
  lanes[1] = h2 + h1;
  lanes[2] = h3 + h1;
  lanes[3] = h4 + h1;
}

function mix1(k: number): number {
  return Math.imul(rotateLeft(Math.imul(k, 0x239b961b), 15), 0xab0e9789);
}

function mix2(k: number): number {
  return Math.imul(rotateLeft(Math.imul(k, 0xab0e9789), 16), 0x38b34ae5);
}

function mix3(k: number): number {
  return Math.imul(rotateLeft(Math.imul(k, 0x38b34ae5), 17), 0xa1e38b93);
}

function mix4(k: number): number {
  return Math.imul(rotateLeft(Math.imul(k, 0xa1e38b93), 18), 0x239b961b);
}

function finish(h: number): number {
  let x = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Four bytes, little endian, all of which are there. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

/** The same, with zeros for what is not before `end`. */
function wordBefore(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return wordAt(bytes, at);
  let word = 0;
  for (let next = end - 1; next >= at; next--) word = (word << 8) | (bytes[next] as number);
  return word;
}
