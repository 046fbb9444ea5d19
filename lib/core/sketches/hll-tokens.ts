import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { TokenSet } from './token-set.ts';

/**
 * What a sparse HyperLogLog keeps of each 64-bit hash: its first 26 bits (the fine index), enough to tell some
 * thousands of values apart; and the rank of the bits after them where those between p and 26 are all 0, without which
 * the register's rank would not be known. The idea is HyperLogLog++'s (Heule, Nunkesser, Hall: HyperLogLog in Practice,
 * EDBT 2013).
 *
 * A token is `fine index << 6 | rank`, with rank 0 where it is not needed; so it is never 0.
 */
const FINE_BITS = 26;
const RANK_BITS = 6;
const RANK_MASK = (1 << RANK_BITS) - 1;
/** None of the hash's other bits is 1. */
const RANK_MAX = 64 - FINE_BITS + 1;

/** How many different fine indexes there are. */
export const FINE_INDEXES = 2 ** FINE_BITS;

/** The token of a hash, given as its high and its low 32 bits. */
export function tokenOf(high: number, low: number, precision: number): number {
  const fine = high >>> (32 - FINE_BITS);
  if (needsNoRank(fine, precision)) return (fine << RANK_BITS) >>> 0;
  const rest = high << FINE_BITS;
  const rank = 1 + (rest === 0 ? 32 - FINE_BITS + Math.clz32(low) : Math.clz32(rest));
  return ((fine << RANK_BITS) | rank) >>> 0;
}

/** The dense register that a token belongs to. */
export function registerOf(token: number, precision: number): number {
  return token >>> (32 - precision);
}

/** The rank of a token in its register: the position of the first 1 among the hash's bits after the first p. */
export function rankOf(token: number, precision: number): number {
  const fine = token >>> RANK_BITS;
  return needsNoRank(fine, precision)
    ? 1 + Math.clz32(fine << (32 - FINE_BITS + precision))
    : FINE_BITS - precision + (token & RANK_MASK);
}

/** In ascending order: a varint of what the fine index is greater by, and a byte of the rank where it has one. */
export function writeTokens(out: ByteWriter, tokens: Uint32Array): void {
  let before = 0;
  for (const token of tokens) {
    const fine = token >>> RANK_BITS;
    const rank = token & RANK_MASK;
    out.varint(fine - before);
    if (rank !== 0) out.byte(rank);
    before = fine;
  }
}

/** Reads `count` tokens, a number that the caller has bounded. */
export function readTokens(input: ByteReader, count: number, precision: number): TokenSet {
  const tokens = new TokenSet();
  let before = 0;
  let fine = 0;
  for (let read = 0; read < count; read++) {
    fine += input.varint('a fine index');
    if (fine >= FINE_INDEXES) throw input.corrupt(`a fine index below ${FINE_INDEXES}`, 'a greater one');
    const token = ((fine << RANK_BITS) | readRank(input, fine, precision)) >>> 0;
    if (token <= before) throw input.corrupt('tokens in order', 'one out of order');
    tokens.add(token);
    before = token;
  }
  return tokens;
}

function readRank(input: ByteReader, fine: number, precision: number): number {
  if (needsNoRank(fine, precision)) return 0;
  const rank = input.byte('a rank');
  if (rank === 0 || rank > RANK_MAX) throw input.corrupt(`a rank of 1 to ${RANK_MAX}`, `${rank}`);
  return rank;
}

/** Whether the fine index has a 1 after its first p bits. */
function needsNoRank(fine: number, precision: number): boolean {
  return (fine & ((1 << (FINE_BITS - precision)) - 1)) !== 0;
}
