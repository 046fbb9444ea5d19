import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { NUMBER_MAX } from './number-range.ts';
import { readPresence, writePresence } from './presence.ts';

/** Flags of the first byte. Without any: zigzag varints, one a row. */
const FLOAT64 = 1;
/** Some rows have no number: a bitmap of those that have one comes first. */
const SPARSE = 2;

/** Writes one number a row, `undefined` where a row has none. None is -0. */
export function writeNumbers(out: ByteWriter, numbers: readonly (number | undefined)[]): void {
  const present = numbers.filter((number) => number !== undefined);
  const integers = present.every((number) => Number.isSafeInteger(number));
  const sparse = present.length < numbers.length;
  out.byte((integers ? 0 : FLOAT64) | (sparse ? SPARSE : 0));
  if (sparse) writePresence(out, numbers);
  for (const number of present) {
    if (integers) out.zigzag(number);
    else out.float64(number);
  }
}

/** Reads what `writeNumbers` wrote for this many rows. */
export function readNumbers(input: ByteReader, rows: number): (number | undefined)[] {
  const mode = input.byte('the mode of a column of numbers');
  if (mode > (FLOAT64 | SPARSE)) throw input.corrupt('a column of numbers', `mode ${mode}`);
  const isPresent = (mode & SPARSE) === 0 ? undefined : readPresence(input, rows);
  const numbers: (number | undefined)[] = [];
  for (let row = 0; row < rows; row++) {
    if (isPresent !== undefined && !isPresent(row)) numbers.push(undefined);
    else if ((mode & FLOAT64) !== 0) numbers.push(input.number(NUMBER_MAX));
    else numbers.push(input.zigzag());
  }
  return numbers;
}
