import type { CountedEvent } from './counted-event.ts';

/** The group of `kinds` that an event is in, as JSON. */
export function kindsGroup({ reference, v }: CountedEvent): string {
  return JSON.stringify([reference?.kind ?? null, reference?.weight ?? null, v % 2 !== 0]);
}

/** Whether the metrics of one group of `kinds` are those of these events. */
export function areKinds(
  metrics: Readonly<Record<string, unknown>>,
  events: readonly CountedEvent[],
): boolean {
  const weights = events.map(({ reference }) => Number(reference?.weight ?? 0));
  if (metrics['weight'] !== weights.reduce((a, b) => a + b, 0)) return false;
  const who = (metrics['who'] as readonly { value: number; count: number; error: number }[]) ?? [];
  const wanted = new Map<number, number>();
  for (const { u } of events) wanted.set(u, (wanted.get(u) ?? 0) + 1);
  return (
    who.length === wanted.size &&
    who.every(({ value, count, error }) => error === 0 && wanted.get(value) === count)
  );
}
