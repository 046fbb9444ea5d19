import type { DeadLetter } from '#app/ports/dead-letters.ts';
import type { ExpectedEvent } from './expected-event.ts';
import type { SimulatedRecord } from './simulated-stream.ts';

/** Whether a dead letter is what it should be for this event: its place is what it was found by. */
export function isLetterFor(letter: DeadLetter, record: SimulatedRecord, event: ExpectedEvent): boolean {
  if (letter.rejection.reason !== event.verdict || letter.arrival !== record.arrival) return false;
  if (event.killsDecoding) return letter.event === null && letter.payload === record.data;
  const { payload } = event;
  if ('raw' in payload) return isSame(letter.payload, payload.raw);
  return (
    typeof letter.payload === 'string' && canonical(JSON.parse(letter.payload)) === canonical(payload.value)
  );
}

function isSame(a: string | Uint8Array, b: string | Uint8Array): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** JSON with the names of objects in order: packed columns give them in another. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
