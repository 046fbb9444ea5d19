import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { hashScalar } from './hash-scalar.ts';
import { estimateRegisters } from './hll-estimate.ts';
import { rankMax, readRegisters, writeRegisters } from './hll-registers.ts';
import { FINE_INDEXES, rankOf, readTokens, registerOf, tokenOf, writeTokens } from './hll-tokens.ts';
import type { Scalar } from './scalar.ts';
import { TokenSet } from './token-set.ts';

export interface HyperLogLogParams {
  /** p: 2^p registers, a whole number from 4 to 16. Each step up doubles the bytes; two steps halve the error. */
  readonly precision: number;
}

/** 2 KB a group at most, and a standard error of 1.6 %. */
export const HYPER_LOG_LOG_DEFAULTS: HyperLogLogParams = { precision: 12 };

const PRECISION_MIN = 4;
const PRECISION_MAX = 16;

/** In the low half of the first byte; the high half is precision - 4. */
const VERSION = 1;

/**
 * How many different values there are, approximately: HyperLogLog (Flajolet et al., AofA 2007) of 64-bit hashes.
 *
 * Up to 2^p / 6 values are kept one by one (sparse): exact, but for hashes that agree in 26 bits. At p = 12 these are
 * 682 values, of which one is missed in 1 of 300 sketches. Beyond, 2^p registers remain (dense). Three bytes a value,
 * against half a byte a register: the sparse form ends where it would be the larger one.
 *
 * The state is a function of the set of values alone: which form it has depends on the number of tokens in the union,
 * and tokens and registers are unions and maxima. So whatever the order, the split and the repetition of adds and
 * merges, the same values give the same bytes.
 *
 * The hash is not keyed (states of different machines must merge): who wants to can make up values that hide, or that
 * count for many. Do not build a defence on it.
 */
export class HyperLogLog {
  readonly #precision: number;
  /** Sparse: tokens. Dense: registers. */
  #state: TokenSet | Uint8Array;

  private constructor(precision: number, state: TokenSet | Uint8Array) {
    this.#precision = precision;
    this.#state = state;
  }

  /** Of no values. Throws `RangeError` for a precision that there is not. */
  static empty(params: HyperLogLogParams = HYPER_LOG_LOG_DEFAULTS): HyperLogLog {
    return new HyperLogLog(checkPrecision(params), new TokenSet());
  }

  /** Throws `RangeError` for numbers that are not finite. */
  add(value: Scalar): void {
    hashScalar(value, lanes);
    this.addHash(lanes[0] as number, lanes[1] as number);
  }

  /** Adds a value by its hash, 64 evenly distributed bits: the high and the low 32. */
  addHash(high: number, low: number): void {
    this.#addToken(tokenOf(high, low, this.#precision));
  }

  /** Adds all values of `other`, which stays as it is. Throws `RangeError` if it has another precision. */
  merge(other: HyperLogLog): void {
    if (other.#precision !== this.#precision) {
      throw new RangeError(`can't merge precision ${other.#precision} into precision ${this.#precision}`);
    }
    if (other === this) return;
    const from = other.#state;
    if (from instanceof TokenSet) {
      from.forEach((token) => this.#addToken(token));
      return;
    }
    const registers = this.#dense();
    for (let at = 0; at < from.length; at++) raise(registers, at, from[at] as number);
  }

  /** How many different values, to the nearest whole number. */
  estimate(): number {
    const state = this.#state;
    if (!(state instanceof TokenSet)) {
      return Math.round(estimateRegisters(state, rankMax(this.#precision)));
    }
    // Linear counting (Whang et al., 1990) makes up for the values that share a token.
    return Math.round(-FINE_INDEXES * Math.log1p(-state.size / FINE_INDEXES));
  }

  /**
   * The standard error of the estimate, as a fraction of it: two of three estimates are within it, 95 of 100 within
   * twice. Dense 1.04 / sqrt(2^p) (1.6 % at p = 12), sparse 1 / sqrt(2^27) (0.009 %), before rounding.
   */
  get standardError(): number {
    return this.#state instanceof TokenSet
      ? 1 / Math.sqrt(2 * FINE_INDEXES)
      : 1.04 / Math.sqrt(2 ** this.#precision);
  }

  /** About how many bytes `encode` writes. */
  get byteLength(): number {
    return this.#state instanceof TokenSet ? 2 + 4 * this.#state.size : 4 + 2 ** this.#precision / 2;
  }

  /** Version and precision, then the number of tokens plus 1 and the tokens, or 0 and the registers. */
  encode(out: ByteWriter): void {
    out.byte(VERSION | ((this.#precision - PRECISION_MIN) << 4));
    const state = this.#state;
    if (state instanceof TokenSet) {
      out.varint(state.size + 1);
      writeTokens(out, state.sorted());
    } else {
      out.varint(0);
      writeRegisters(out, state);
    }
  }

  /** Reads what `encode` wrote for the same parameters. Throws `CorruptError` for anything else. */
  static decode(input: ByteReader, params: HyperLogLogParams = HYPER_LOG_LOG_DEFAULTS): HyperLogLog {
    const precision = checkPrecision(params);
    const first = input.byte('a version of distinct counts');
    if (first !== (VERSION | ((precision - PRECISION_MIN) << 4))) {
      const found = `version ${first & 15}, precision ${(first >> 4) + PRECISION_MIN}`;
      throw input.corrupt(`distinct counts of version ${VERSION}, precision ${precision}`, found);
    }
    const size = input.varint('the number of tokens');
    if (size === 0) return new HyperLogLog(precision, readRegisters(input, precision));
    const most = sparseMax(precision);
    if (size - 1 > most) throw input.corrupt(`at most ${most} tokens`, `${size - 1}`);
    return new HyperLogLog(precision, readTokens(input, size - 1, precision));
  }

  #addToken(token: number): void {
    const state = this.#state;
    if (state instanceof TokenSet) {
      state.add(token);
      if (state.size > sparseMax(this.#precision)) this.#dense();
    } else {
      this.#raise(state, token);
    }
  }

  /** The registers; a sparse sketch becomes dense. */
  #dense(): Uint8Array {
    const state = this.#state;
    if (!(state instanceof TokenSet)) return state;
    const registers = new Uint8Array(2 ** this.#precision);
    state.forEach((token) => this.#raise(registers, token));
    this.#state = registers;
    return registers;
  }

  #raise(registers: Uint8Array, token: number): void {
    raise(registers, registerOf(token, this.#precision), rankOf(token, this.#precision));
  }
}

const lanes = new Int32Array(4);

function checkPrecision({ precision }: HyperLogLogParams): number {
  if (Number.isInteger(precision) && precision >= PRECISION_MIN && precision <= PRECISION_MAX)
    return precision;
  throw new RangeError(
    `a precision is a whole number from ${PRECISION_MIN} to ${PRECISION_MAX}, not ${precision}`,
  );
}

/** The most tokens of a sparse sketch. */
function sparseMax(precision: number): number {
  return Math.floor(2 ** precision / 6);
}

function raise(registers: Uint8Array, at: number, rank: number): void {
  if (rank > (registers[at] as number)) registers[at] = rank;
}
