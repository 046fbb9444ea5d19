import type { Pipeline } from '#core/pipeline/pipeline.ts';

/** The id of an event as its pipeline's definition has it, as text; else `undefined`, as where that function throws. */
export function eventIdOf({ duplicates }: Pick<Pipeline, 'duplicates'>, value: unknown): string | undefined {
  let id: unknown;
  try {
    id = duplicates?.eventId?.(value as never);
  } catch {
    return undefined;
  }
  // No event's id is empty: as one, it would make duplicates of all events that lack theirs.
  if (typeof id === 'string') return id === '' ? undefined : id;
  return typeof id === 'number' && Number.isFinite(id) ? String(id) : undefined;
}
