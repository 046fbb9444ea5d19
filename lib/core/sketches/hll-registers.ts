import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';

/** A register that exceeds the least one by this or more has 15 in its nibble, and its excess after the nibbles. */
const NIBBLE_MAX = 15;

/** The greatest rank that a register can have: all bits after the index are 0. */
export function rankMax(precision: number): number {
  return 64 - precision + 1;
}

/**
 * The registers of a dense HyperLogLog: the least one as a byte, then half a byte each for what they exceed it by, and
 * a varint for each that half a byte can't hold (about one in 2^12). Half the size of a byte each, and what deflate
 * then makes of it is near the entropy.
 */
export function writeRegisters(out: ByteWriter, registers: Uint8Array): void {
  let least = registers[0] as number;
  for (const rank of registers) if (rank < least) least = rank;
  out.byte(least);
  for (let at = 0; at < registers.length; at += 2) {
    const low = Math.min((registers[at] as number) - least, NIBBLE_MAX);
    const high = Math.min((registers[at + 1] as number) - least, NIBBLE_MAX);
    out.byte(low | (high << 4));
  }
  for (const rank of registers) if (rank - least >= NIBBLE_MAX) out.varint(rank - least - NIBBLE_MAX);
}

/** Reads what `writeRegisters` wrote for this precision. */
export function readRegisters(input: ByteReader, precision: number): Uint8Array {
  const size = 2 ** precision;
  const most = rankMax(precision);
  const least = input.byte('the least register');
  const nibbles = input.raw(size / 2, 'registers');
  const registers = new Uint8Array(size);
  let anyLeast = false;
  let any = false;
  for (let at = 0; at < size; at++) {
    const byte = nibbles[at >> 1] as number;
    const nibble = (at & 1) === 0 ? byte & NIBBLE_MAX : byte >> 4;
    const rank = least + nibble + (nibble === NIBBLE_MAX ? input.varint('the excess of a register') : 0);
    if (rank > most) throw input.corrupt(`a rank of at most ${most}`, 'a greater one');
    registers[at] = rank;
    if (nibble === 0) anyLeast = true;
    if (rank > 0) any = true;
  }
  if (!anyLeast) throw input.corrupt('a register of the least rank', 'none');
  if (!any) throw input.corrupt('a register that is not 0', 'none');
  return registers;
}
