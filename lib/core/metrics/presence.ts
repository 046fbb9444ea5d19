import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';

/** Writes which rows have a value, as a bitmap, low bits first. */
export function writePresence(out: ByteWriter, values: readonly unknown[]): void {
  for (let row = 0; row < values.length; row += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) if (values[row + bit] !== undefined) byte |= 1 << bit;
    out.byte(byte);
  }
}

/** Reads what `writePresence` wrote for this many rows. */
export function readPresence(input: ByteReader, rows: number): (row: number) => boolean {
  const bitmap = input.raw(Math.ceil(rows / 8), 'which rows have a value');
  return (row) => ((bitmap[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
}
