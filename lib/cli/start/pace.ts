import { setTimeout as sleep } from 'node:timers/promises';
import type { Pace } from '../feed-events.ts';
import type { EventFile } from '../read-events/input-event.ts';

const TICK_MS = 50;
/** How long a replay takes for which no speed is given. */
const REPLAY_SECONDS = 30;
/** How long a file is looked at to guess how many events it has. */
const LOOK_MS = 500;

/** Lets so many events a second go, evenly. */
export function steadyPace(eventsPerSecond: number, signal: AbortSignal): Pace {
  const startedMs = performance.now();
  let gone = 0;
  return async (wanted) => {
    for (;;) {
      const due = Math.floor(((performance.now() - startedMs) / 1000) * eventsPerSecond) - gone;
      if (due > 0) {
        const events = Math.min(wanted, due);
        gone += events;
        return events;
      }
      await sleep(TICK_MS, undefined, { signal });
    }
  };
}

/** A speed at which so many events take about half a minute. */
export function watchableSpeed(events: number): number {
  return Math.max(1, Math.ceil(events / REPLAY_SECONDS));
}

/** About how many events a file has; exactly, if it is soon read. */
export async function estimateEvents(file: EventFile): Promise<number> {
  const startedMs = performance.now();
  let events = 0;
  for await (const batch of file.batches()) {
    events += batch.length;
    if (performance.now() - startedMs > LOOK_MS) return Math.ceil(events / Math.max(file.progress(), 0.001));
  }
  return events;
}
