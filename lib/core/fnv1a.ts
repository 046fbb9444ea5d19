const OFFSET_BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/** A 64-bit hash of a text's UTF-16 code units, low byte first. Source: Fowler, Noll, Vo: FNV-1a. Not for secrets. */
export function fnv1a64(text: string): bigint {
  let hash = OFFSET_BASIS;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = BigInt.asUintN(64, (hash ^ BigInt(unit & 0xff)) * PRIME);
    hash = BigInt.asUintN(64, (hash ^ BigInt(unit >> 8)) * PRIME);
  }
  return hash;
}
