import type { Compression } from '#core/compression.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { Announcements } from '../ports/announcements.ts';
import type { StreamState } from '../ports/stream-state.ts';
import type { Table } from '../ports/table.ts';

/** What `closePipeline` works with. */
export interface CloseDeps {
  readonly pipeline: Pipeline;
  readonly table: Table;
  readonly stream: StreamState;
  readonly announcements: Announcements;
  readonly compression: Compression;
  /** Windows that are made final before `finalThrough` is moved on; 500 unless said. */
  readonly windowsAStep?: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}
