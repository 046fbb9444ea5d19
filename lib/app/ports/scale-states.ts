import type { StreamId } from '#core/brand.ts';
import type { ScaleState } from '#core/scale/scale-state.ts';
import type { WriteOutcome } from './table.ts';

/** What scaling remembers of streams. Rejects with a `DependencyError` where the store does not answer. */
export interface ScaleStates {
  read(stream: StreamId): Promise<ScaleState | undefined>;
  /** Writes on the condition that the stored rev is `state.rev - 1`; 0 stands for no item. */
  write(stream: StreamId, state: ScaleState): Promise<WriteOutcome>;
}
