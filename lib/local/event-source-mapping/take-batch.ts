import type { PolledRecord } from './shard-poller-action.ts';
import type { ShardPollerSettings } from './shard-poller-settings.ts';

/** `{"Records":[]}`, what an event has around its records. */
export const EVENT_ENVELOPE_BYTES = 14;

/** The first `count` records make a batch. */
export interface TakenBatch {
  readonly count: number;
  /** The payload of these records. */
  readonly bytes: number;
  /** No further record would fit. */
  readonly full: boolean;
}

/** Cuts a batch off a list of records: up to the batch size, and before the payload limit, but at least one record. */
export function takeBatch(
  records: readonly PolledRecord[],
  limits: Pick<ShardPollerSettings, 'batchSize' | 'payloadBytesMax'>,
): TakenBatch {
  let count = 0;
  let bytes = 0;
  for (const record of records) {
    if (count === limits.batchSize) break;
    if (count > 0 && EVENT_ENVELOPE_BYTES + bytes + record.payloadBytes > limits.payloadBytesMax) {
      return { count, bytes, full: true };
    }
    count += 1;
    bytes += record.payloadBytes;
  }
  const full = count === limits.batchSize || EVENT_ENVELOPE_BYTES + bytes >= limits.payloadBytesMax;
  return { count, bytes, full };
}
