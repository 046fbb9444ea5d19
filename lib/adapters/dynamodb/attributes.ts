import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** A DynamoDB item, or a map in one. */
export type Item = Record<string, AttributeValue>;

/** An item is not what its place in the table says: written by something else, or damaged. */
export class ItemError extends Error {
  override readonly name = 'ItemError';
}

function found<Value>(value: Value | undefined, name: string, type: string): Value {
  if (value === undefined)
    throw new ItemError(`attribute '${name}' is missing or of another type; expected ${type}`);
  return value;
}

export function text(item: Item, name: string): string {
  return found(item[name]?.S, name, 'a string');
}

export function integer(item: Item, name: string): number {
  const value = Number(found(item[name]?.N, name, 'a number'));
  if (!Number.isSafeInteger(value)) throw new ItemError(`attribute '${name}' is no whole number below 2^53`);
  return value;
}

export function number(item: Item, name: string): number {
  const value = Number(found(item[name]?.N, name, 'a number'));
  if (!Number.isFinite(value)) throw new ItemError(`attribute '${name}' is no finite number`);
  return value;
}

export function bool(item: Item, name: string): boolean {
  return found(item[name]?.BOOL, name, 'true or false');
}

export function bytes(item: Item, name: string): Uint8Array {
  return found(item[name]?.B, name, 'bytes');
}

export function map(item: Item, name: string): Item {
  return found(item[name]?.M, name, 'a map');
}

export function list(item: Item, name: string): AttributeValue[] {
  return found(item[name]?.L, name, 'a list');
}

/** An attribute that may be missing; then `null`. */
export function optional<Value>(
  item: Item,
  name: string,
  read: (item: Item, name: string) => Value,
): Value | null {
  return item[name] === undefined ? null : read(item, name);
}
