import type { Compression } from '#core/compression.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { RecordTools } from '#core/records/decoded-event.ts';
import type { Lookups } from '../enrich/lookups.ts';
import type { DeadLetters } from '../ports/dead-letters.ts';
import type { HashKeys } from '../ports/hash-keys.ts';
import type { ShardLineage } from '../ports/shard-lineage.ts';
import type { Table } from '../ports/table.ts';
import type { AggregateLimits } from './limits.ts';
import type { WarmCache } from './warm-cache.ts';

/** What `aggregateBatch` works with; made once an execution environment. */
export interface AggregateDeps {
  readonly pipeline: Pipeline;
  readonly table: Table;
  readonly deadLetters: DeadLetters;
  readonly compression: Compression;
  readonly tools: RecordTools;
  readonly cache: WarmCache;
  readonly limits: AggregateLimits;
  /** Of a pipeline that has any. */
  readonly lookups?: Lookups | undefined;
  /** Of a pipeline that tells duplicates. */
  readonly duplicates?: DuplicateDeps | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What telling duplicates takes. */
export interface DuplicateDeps {
  readonly lineage: ShardLineage;
  readonly hashKeys: HashKeys;
  /** Gives a random name that no segment ever had: 16 letters, digits, `-` or `_`. */
  readonly newName: () => string;
}
