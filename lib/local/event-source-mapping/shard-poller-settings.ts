import type { EventSourceSettings } from '#contracts/event-source.ts';
import { INVOCATION_PAYLOAD_BYTES_MAX } from '#contracts/event-source.ts';

/** What a shard's poller goes by. All times in milliseconds. */
export interface ShardPollerSettings {
  readonly batchSize: number;
  readonly payloadBytesMax: number;
  readonly batchingWindowMs: number;
  readonly bisectBatchOnError: boolean;
  readonly reportBatchItemFailures: boolean;
  /** Retries after a batch's first failure; −1: no limit. */
  readonly retryAttempts: number;
  /** Age at which a record is given up; −1: no limit. */
  readonly recordAgeMsMax: number;
  /** Time from an empty read to the next one. Lambda: "a base rate of once per second". */
  readonly pollIntervalMs: number;
  /** Wait before the first retry; doubled with each further one, up to `retryDelayMsMax`. */
  readonly retryDelayBaseMs: number;
  readonly retryDelayMsMax: number;
}

/** What is not part of an event source mapping's public settings. */
export type PollerTiming = Pick<
  ShardPollerSettings,
  'pollIntervalMs' | 'retryDelayBaseMs' | 'retryDelayMsMax'
>;

/** A laptop's: five reads a second is the most that Kinesis allows a shard. */
export const LOCAL_TIMING: PollerTiming = {
  pollIntervalMs: 200,
  retryDelayBaseMs: 100,
  retryDelayMsMax: 10_000,
};

/**
 * The settings of a poller from those that the infrastructure reads too.
 * Throws `RangeError` for what Lambda would refuse.
 */
export function toPollerSettings(
  eventSource: EventSourceSettings,
  timing: PollerTiming = LOCAL_TIMING,
): ShardPollerSettings {
  inRange('batchSize', eventSource.batchSize, 1, 10_000);
  inRange('maxBatchingWindowSeconds', eventSource.maxBatchingWindowSeconds, 0, 300);
  inRange('retryAttempts', eventSource.retryAttempts, -1, 10_000);
  if (eventSource.maxRecordAgeSeconds !== -1) {
    inRange('maxRecordAgeSeconds', eventSource.maxRecordAgeSeconds, 60, 604_800);
  }
  return {
    batchSize: eventSource.batchSize,
    payloadBytesMax: INVOCATION_PAYLOAD_BYTES_MAX,
    batchingWindowMs: eventSource.maxBatchingWindowSeconds * 1000,
    bisectBatchOnError: eventSource.bisectBatchOnError,
    reportBatchItemFailures: eventSource.reportBatchItemFailures,
    retryAttempts: eventSource.retryAttempts,
    recordAgeMsMax: eventSource.maxRecordAgeSeconds === -1 ? -1 : eventSource.maxRecordAgeSeconds * 1000,
    ...timing,
  };
}

function inRange(name: string, value: number, least: number, greatest: number): void {
  if (Number.isInteger(value) && value >= least && value <= greatest) return;
  throw new RangeError(`event source: ${name} is ${value}; use a whole number from ${least} to ${greatest}`);
}
