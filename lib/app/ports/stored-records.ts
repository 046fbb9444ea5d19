import type { SequenceNumber } from '#core/brand.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';

/** What a stream still keeps of what was put into it. Rejects with a `DependencyError` where it does not answer. */
export interface StoredRecords {
  /**
   * A shard's records from this one on, in their order, up to the end of what there is now. Where it is gone, from the
   * first one behind it that there is; nothing where the shard is gone.
   */
  recordsFrom(shard: ShardKey, sequence: SequenceNumber): AsyncIterable<StreamRecord>;
}
