import { hashScalar } from '#core/sketches/hash-scalar.ts';

/** 64 bits, in two words, so that they are compared and stored without big integers. */
export interface IdHash {
  high: number;
  low: number;
}

/** Records' ids are of another kind than events': flipping these bits keeps the two apart. */
const OF_A_RECORD = 0x5f0c81a3;

const lanes = new Int32Array(4);

/**
 * The hash by which an event's id is known, into `hash`: an object for millions of them. The number 5 and the text
 * '5' are one id, as a resent event may have been through another serializer. Stored ids depend on it: it never
 * changes.
 *
 * Two ids are taken for one with a probability of 2^-64: among n ids that are remembered, an event of a new id is
 * taken for a duplicate with n / 2^64, which for 4,000,000 of them is 1 in 4.6e12. It is MurmurHash3, and not keyed:
 * who chooses ids to that end can make two of them collide, and loses an event of their own.
 */
export function hashEventId(id: string, hash: IdHash): void {
  hashScalar(id, lanes);
  hash.high = (lanes[0] as number) >>> 0;
  hash.low = (lanes[1] as number) >>> 0;
}

/** The same, of the id that a record has as a whole. */
export function hashRecordId(id: string, hash: IdHash): void {
  hashEventId(id, hash);
  hash.high = (hash.high ^ OF_A_RECORD) >>> 0;
}
