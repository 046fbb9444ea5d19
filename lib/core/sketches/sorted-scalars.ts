import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { readSortedTexts, writeSortedTexts } from '#core/bytes/front-coding.ts';
import { isBounded, VALUE_BYTES_MAX } from './bounded-value.ts';
import type { Scalar } from './scalar.ts';

/** What there is, in the first byte. */
const HAS_FALSE = 1;
const HAS_TRUE = 2;
const HAS_INTEGERS = 4;
const HAS_FLOATS = 8;
const HAS_TEXTS = 16;
const HAS_ALL = 31;

/** A bounded value is at most about this long; each of its characters has at least one byte. */
const UNITS_MAX = VALUE_BYTES_MAX + 19;

/** A total order: false, true, safe integers, other numbers, strings by code units. Negative where `a` comes first. */
export function compareScalars(a: Scalar, b: Scalar): number {
  const byForm = formOf(a) - formOf(b);
  if (byForm !== 0) return byForm;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Writes different bounded values, which are sorted by `compareScalars`. */
export function writeSortedScalars(out: ByteWriter, values: readonly Scalar[]): void {
  let forms = 0;
  for (const value of values) forms |= formOf(value);
  const integers = values.filter((value) => formOf(value) === HAS_INTEGERS);
  const floats = values.filter((value) => formOf(value) === HAS_FLOATS);
  const texts = values.filter((value) => typeof value === 'string');
  out.byte(forms);
  if (integers.length > 0) out.varint(integers.length);
  for (const integer of integers) out.zigzag(Number(integer));
  if (floats.length > 0) out.varint(floats.length);
  for (const float of floats) out.float64(Number(float));
  if (texts.length > 0) writeSortedTexts(out, texts, texts.length * UNITS_MAX);
}

/** Reads what `writeSortedScalars` wrote: up to `valuesMax` values. Throws `CorruptError` for anything else. */
export function readSortedScalars(input: ByteReader, valuesMax: number): Scalar[] {
  const forms = input.byte('the forms of values');
  if (forms > HAS_ALL) throw input.corrupt('the forms of values', `${forms}`);
  const values: Scalar[] = [];
  if ((forms & HAS_FALSE) !== 0) values.push(false);
  if ((forms & HAS_TRUE) !== 0) values.push(true);
  if ((forms & HAS_INTEGERS) !== 0) {
    const integers = readNumbers(input, 1, () => input.zigzag());
    for (const integer of integers) values.push(integer);
  }
  if ((forms & HAS_FLOATS) !== 0) {
    for (const float of readNumbers(input, 8, () => input.number(Number.MAX_VALUE))) {
      if (Number.isSafeInteger(float)) throw input.corrupt('a number that is no integer', 'an integer');
      values.push(float);
    }
  }
  if ((forms & HAS_TEXTS) !== 0) {
    const texts = readSortedTexts(input, valuesMax * UNITS_MAX, 'values');
    if (texts.length === 0) throw input.corrupt('texts', 'none');
    for (const text of texts) {
      if (!isBounded(text)) throw input.corrupt('a text of bounded length', 'a longer one');
      values.push(text);
    }
  }
  if (values.length > valuesMax) throw input.corrupt(`at most ${valuesMax} values`, `${values.length}`);
  return values;
}

function readNumbers(input: ByteReader, bytesEach: number, next: () => number): number[] {
  const count = input.count(bytesEach, 'the number of values');
  if (count === 0) throw input.corrupt('numbers', 'none');
  const numbers: number[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (let read = 0; read < count; read++) {
    const number = next();
    if (number <= before) throw input.corrupt('numbers in order', 'one out of order');
    numbers.push(number);
    before = number;
  }
  return numbers;
}

function formOf(value: Scalar): number {
  if (typeof value === 'string') return HAS_TEXTS;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? HAS_INTEGERS : HAS_FLOATS;
  return value ? HAS_TRUE : HAS_FALSE;
}
