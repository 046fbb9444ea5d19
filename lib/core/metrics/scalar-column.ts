import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import type { Scalar } from './metric-kind.ts';
import { readPresence, writePresence } from './presence.ts';

/** The low bits of the first byte: what all values are. Of mixed ones, each begins with a byte that says it. */
const INTEGER = 0;
const FLOAT64 = 1;
const TEXT = 2;
const FALSE = 3;
const TRUE = 4;
const MIXED = 7;
/** Some rows have no value: a bitmap of those that have one comes first. */
const SPARSE = 8;

/** Writes one value a row, `undefined` where a row has none. Numbers are finite and not -0. */
export function writeScalars(out: ByteWriter, values: readonly (Scalar | undefined)[]): void {
  const present = values.filter((value) => value !== undefined);
  const all = commonForm(new Set(present.map(formOf)));
  const sparse = present.length < values.length;
  out.byte(all | (sparse ? SPARSE : 0));
  if (sparse) writePresence(out, values);
  for (const value of present) {
    const form = all === MIXED ? formOf(value) : all;
    if (all === MIXED) out.byte(form);
    writeScalar(out, value, form);
  }
}

/** Reads what `writeScalars` wrote for this many rows. */
export function readScalars(input: ByteReader, rows: number): (Scalar | undefined)[] {
  const mode = input.byte('the mode of a column of values');
  const all = mode & MIXED;
  if (mode > (MIXED | SPARSE) || (all > TRUE && all < MIXED)) {
    throw input.corrupt('a column of values', `mode ${mode}`);
  }
  const isPresent = (mode & SPARSE) === 0 ? undefined : readPresence(input, rows);
  const values: (Scalar | undefined)[] = [];
  for (let row = 0; row < rows; row++) {
    if (isPresent !== undefined && !isPresent(row)) values.push(undefined);
    else values.push(readScalar(input, all === MIXED ? input.byte('the form of a value') : all));
  }
  return values;
}

function formOf(value: Scalar): number {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? INTEGER : FLOAT64;
  if (typeof value === 'string') return TEXT;
  return value ? TRUE : FALSE;
}

/** The one form that all values can have. */
function commonForm(forms: ReadonlySet<number>): number {
  const [first = INTEGER, second] = forms;
  if (second === undefined) return first;
  return forms.size === 2 && forms.has(INTEGER) && forms.has(FLOAT64) ? FLOAT64 : MIXED;
}

function writeScalar(out: ByteWriter, value: Scalar, form: number): void {
  if (typeof value === 'string') out.text(value);
  else if (typeof value === 'number') {
    if (form === INTEGER) out.zigzag(value);
    else out.float64(value);
  }
}

function readScalar(input: ByteReader, form: number): Scalar {
  switch (form) {
    case INTEGER:
      return input.zigzag();
    case FLOAT64:
      return input.number(Number.MAX_VALUE);
    case TEXT:
      return input.text('a value');
    case FALSE:
      return false;
    case TRUE:
      return true;
    default:
      throw input.corrupt('a form of value', `form ${form}`);
  }
}
