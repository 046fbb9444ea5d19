import type { AggregateDeps } from '../aggregate/deps.ts';
import type { BegunMemory } from '../aggregate/suspects.ts';
import type { StoredRecords } from '../ports/stored-records.ts';
import type { StreamState } from '../ports/stream-state.ts';

/** What `repairPipeline` works with. */
export interface RepairDeps
  extends Pick<
    AggregateDeps,
    'pipeline' | 'table' | 'deadLetters' | 'compression' | 'tools' | 'lookups' | 'limits' | 'now'
  > {
  /** Of the environment: lives as long as it. */
  readonly cache: BegunMemory;
  readonly stream: Pick<StreamState, 'isDrained'>;
  readonly records: StoredRecords;
}
