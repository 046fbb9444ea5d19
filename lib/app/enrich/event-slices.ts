import type { PlacedEvent } from '../aggregate/record-cursor.ts';

/** Events of a slice, at most: their keys make 20 calls at worst, which are over in a few round trips. */
const EVENTS_MAX = 2000;
/** Bytes of plain records in a slice; events in memory take a few times as much. */
const BYTES_MAX = 1024 * 1024;

const BRACE = 0x7b;
const BRACKET = 0x5b;

/**
 * Cuts events into slices, in order, `eventsMax` events in all: reference data is read once for each slice, before
 * its first event is aggregated. Records that are packed may grow a thousandfold in memory, so a slice does not go
 * beyond the end of one.
 */
export function* eventSlices(events: Iterable<PlacedEvent>, eventsMax: number): Generator<PlacedEvent[]> {
  let left = eventsMax;
  let slice: PlacedEvent[] = [];
  let bytes = 0;
  for (const placed of events) {
    slice.push(placed);
    left -= 1;
    const { data } = placed.record;
    if (placed.isLast) bytes += data[0] === BRACE || data[0] === BRACKET ? data.length : BYTES_MAX;
    if (left > 0 && slice.length < EVENTS_MAX && bytes < BYTES_MAX) continue;
    yield slice;
    if (left <= 0) return;
    slice = [];
    bytes = 0;
  }
  if (slice.length > 0) yield slice;
}
