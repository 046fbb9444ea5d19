import type { Compression } from '#core/compression.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { Announcements } from '../ports/announcements.ts';
import type { Canaries } from '../ports/canaries.ts';
import type { StreamState } from '../ports/stream-state.ts';
import type { Table } from '../ports/table.ts';

/** What `closePipeline` works with. */
export interface CloseDeps {
  readonly pipeline: Pipeline;
  readonly table: Table;
  readonly stream: StreamState;
  readonly announcements: Announcements;
  readonly compression: Compression;
  /** Puts a canary into each shard with every run; without it, none is put, and none looked for. */
  readonly canaries?: Canaries | undefined;
  /** Windows that are made final before `finalThrough` is moved on; 500 unless said. */
  readonly windowsAStep?: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}
