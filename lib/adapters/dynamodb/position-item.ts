import type { SequenceNumber } from '#core/brand.ts';
import { BEFORE_ALL, type Position } from '#core/protocol/position.ts';
import { type Item, integer, optional, text } from './attributes.ts';

export function toPosition({ sequence, events }: Position): Item {
  return { s: { S: sequence }, ...(events !== null && { e: { N: String(events) } }) };
}

export function fromPosition(item: Item): Position {
  const sequence = text(item, 's') as SequenceNumber;
  return sequence === '' ? BEFORE_ALL : { sequence, events: optional(item, 'e', integer) };
}
