import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { whole } from './numbers.ts';

/** What is said where a pipeline is held to its capacity; `undefined`: it declares none. */
export function capacityText({ capacity }: Pick<Pipeline, 'capacity'>): string | undefined {
  if (capacity === null) return undefined;
  const most =
    'eventsPerSecond' in capacity
      ? `${whole(capacity.eventsPerSecond)} events`
      : `${whole(capacity.bytesPerSecond)} bytes`;
  return `The pipeline declares its capacity, and is held to it: ${most} a second of each shard, more where something is left out.`;
}
