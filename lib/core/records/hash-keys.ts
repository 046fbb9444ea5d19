/** A part of the space of hash keys, 0 to 2^128 - 1, by which Kinesis decides on a record's shard. Both ends are in it. */
export interface HashKeyRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** Where a shard and those that it was made of lie; none of it changes once a shard is there. */
export interface ShardHashKeys {
  readonly own: HashKeyRange;
  /** Of the parents that the stream still lists, of theirs, and so on. */
  readonly ancestors: readonly HashKeyRange[];
}

const HASH_KEY_MAX = 2n ** 128n - 1n;

export function isWithin({ first, last }: HashKeyRange, key: bigint): boolean {
  return first <= key && key <= last;
}

/** A hash key in decimal digits; `undefined` for what is none. */
export function parseHashKey(text: string): bigint | undefined {
  if (!/^\d{1,39}$/.test(text)) return undefined;
  const key = BigInt(text);
  return key <= HASH_KEY_MAX ? key : undefined;
}

/** The hash key that a partition key has: its MD5, 16 bytes, as a number with the highest byte first. */
export function hashKeyOfMd5(md5: Uint8Array): bigint {
  return md5.reduce((key, byte) => key * 256n + BigInt(byte), 0n);
}
