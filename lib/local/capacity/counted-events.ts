import type { CountedEvents } from '#core/degradation/event-costs.ts';

/** What an invocation says that it has counted, from its metrics; `undefined`: it said nothing. */
export function countedEvents(metrics: readonly object[]): CountedEvents | undefined {
  const told = metrics.filter((blob) => 'EventsReceived' in blob);
  if (told.length === 0) return undefined;
  const sum = (name: string) => told.reduce((total, blob) => total + valueOf(blob, name), 0);
  return { received: sum('EventsReceived'), reduced: sum('EventsReduced'), held: sum('EventsHeld') };
}

/** A metric that was added several times is a list. */
function valueOf(blob: object, name: string): number {
  const value: unknown = Reflect.get(blob, name);
  return [value].flat().reduce<number>((sum, part) => sum + (typeof part === 'number' ? part : 0), 0);
}
