import { isUtf8 } from 'node:buffer';
import type { ParquetParsers, SchemaElement } from 'hyparquet';

/** Times become ISO 8601 texts in UTC, with the digits that the file has. One without a zone is UTC. */
export const PARQUET_PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (time: bigint | undefined) => isoText(time, 1n),
  timestampFromMicroseconds: (time: bigint | undefined) => isoText(time, 1000n),
  timestampFromNanoseconds: (time: bigint | undefined) => isoText(time, 1_000_000n),
  dateFromDays: (days: number | undefined) =>
    days == null ? null : isoText(BigInt(days) * 86_400_000n, 1n)?.slice(0, 10),
};

/** `perMs`: how many of the time's units a millisecond has. */
function isoText(time: bigint | undefined, perMs: bigint): string | null {
  if (time == null) return null;
  let ms = time / perMs;
  let rest = time % perMs;
  if (rest < 0n) {
    ms -= 1n;
    rest += perMs;
  }
  const date = new Date(Number(ms));
  // Databases write infinity as the greatest number; no event time can be read from this, so the event is rejected.
  if (Number.isNaN(date.getTime())) return `no time: ${time}`;
  const text = date.toISOString();
  if (rest === 0n) return text;
  return `${text.slice(0, -1)}${String(rest).padStart(String(perMs).length - 1, '0')}Z`;
}

/** Values of a column as JSON has them. */
export type ValueConversion = (value: unknown) => unknown;

/** How the values of a column are turned into JSON values, by the column's description. */
export function conversionFor(element: SchemaElement): ValueConversion {
  return isDecimal(element) ? (value) => decimalValue(value, element.scale ?? 0) : jsonValue;
}

export function isDecimal(element: SchemaElement): boolean {
  return element.converted_type === 'DECIMAL' || element.logical_type?.type === 'DECIMAL';
}

/**
 * NaN and infinities stay what they are, so that they are seen and rejected. Integers beyond a number's exact range
 * become text, bytes become text where they are UTF-8, else base64.
 */
function jsonValue(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return integerValue(value);
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) {
    return isUtf8(value) ? Buffer.from(value).toString('utf8') : Buffer.from(value).toString('base64');
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return Array.from(value as ArrayLike<unknown>, jsonValue);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, jsonValue(inner)]));
  }
  return null;
}

function integerValue(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** The number nearest to `value / 10 ** scale`, rounded once; `value` as an integer or big-endian bytes. */
function decimalValue(value: unknown, scale: number): number | null {
  if (value === null || value === undefined) return null;
  const unscaled = value instanceof Uint8Array ? signedInteger(value) : BigInt(value as number | bigint);
  return Number(`${unscaled}e-${scale}`);
}

function signedInteger(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}
