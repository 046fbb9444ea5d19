import type { Capacity } from '#core/pipeline/pipeline.ts';

/**
 * What events cost of which something is left out, unless a pipeline says otherwise, as parts of what whole ones cost: all
 * events are read, decoded and checked, whatever the level. Between what they cost the processor and what they cost the
 * table, which `bench/level-cost.ts` measures.
 */
const USUAL_COSTS = { reducedCost: 0.5, heldCost: 0.25 } as const;

/** What a batch has brought, and what of it was left out. */
export interface CountedEvents {
  readonly received: number;
  /** Only the essential metrics have them. */
  readonly reduced: number;
  /** None has them. */
  readonly held: number;
}

/** How long events take a function that does just what its capacity says, in milliseconds. `bytes`: of their records. */
export function workMs(capacity: Capacity, events: CountedEvents, bytes: number): number {
  if (events.received === 0) return 0;
  const share = costShare(capacity, events);
  return 'eventsPerSecond' in capacity
    ? (1000 * events.received * share) / capacity.eventsPerSecond
    : (1000 * bytes * share) / capacity.bytesPerSecond;
}

/** What events cost on average, as a part of what they would with nothing left out; 1 where there are none. */
export function costShare(
  { heldCost = USUAL_COSTS.heldCost, reducedCost = USUAL_COSTS.reducedCost }: Capacity,
  { held, received, reduced }: CountedEvents,
): number {
  if (received === 0) return 1;
  return (received - reduced - held + reduced * reducedCost + held * heldCost) / received;
}
