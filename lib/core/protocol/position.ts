import type { SequenceNumber } from '#core/brand.ts';

/**
 * How far a shard has been counted: every record before `sequence` whole, and of `sequence` itself the first
 * `events` events; all of them where `events` is `null`.
 */
export interface Position {
  readonly sequence: SequenceNumber;
  readonly events: number | null;
}

/** Before every record: sequence numbers have at least one digit. */
export const BEFORE_ALL: Position = { sequence: '' as SequenceNumber, events: null };

const SEQUENCE = /^(?:0|[1-9]\d{0,128})$/;

/** Checks a Kinesis sequence number, 1 to 129 digits. Throws for anything else: no such record can be ordered. */
export function parseSequence(text: string): SequenceNumber {
  const canonical = text.replace(/^0+(?=\d)/, '');
  if (!SEQUENCE.test(canonical))
    throw new TypeError(`no Kinesis sequence number: ${JSON.stringify(text.slice(0, 140))}`);
  return canonical as SequenceNumber;
}

/**
 * Orders two sequence numbers of one shard: negative, 0 or positive. They have more digits than a double holds, so
 * the longer one is the greater, and those of one length are ordered as text.
 */
export function compareSequence(a: SequenceNumber, b: SequenceNumber): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** How many of a record's events `position` says are counted: all (`null`), none (0), or the first few. */
export function countedEvents(position: Position, sequence: SequenceNumber): number | null {
  const order = compareSequence(sequence, position.sequence);
  if (order > 0) return 0;
  return order < 0 ? null : position.events;
}

/** Whether all that `goal` says is counted is counted at `position` too. */
export function isReached(position: Position, goal: Position): boolean {
  const order = compareSequence(position.sequence, goal.sequence);
  if (order !== 0) return order > 0;
  return position.events === null || (goal.events !== null && position.events >= goal.events);
}
