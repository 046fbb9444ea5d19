import { PUT_RECORDS } from '#contracts/put-records.ts';
import { RECORD_LIMITS } from '#core/records/limits.ts';
import { RECORD_OVERHEAD_BYTES } from './outstanding-records.ts';

/** How a producer packs, holds and retries. */
export interface ProducerLimits {
  /** Compressed bytes that records come close to: by default the unit that Kinesis bills. */
  readonly recordBytesTarget: number;
  /** A record's data and partition key, at most; 1 MiB unless the stream or a reader takes less. */
  readonly recordBytesMax: number;
  /** Events a record at most. More compress little better, and a reader holds all of a record's events at once. */
  readonly eventsPerRecordMax: number;
  /** Bytes that are held at most: events gathered, and records until the stream has taken them. */
  readonly bufferBytesMax: number;
  /** How long an event may wait for others to share a record. */
  readonly lingerMs: number;
  /** Calls to the stream at a time. */
  readonly callsMax: number;
  /** Attempts at a record before it counts as undelivered. By default there is no end: the stream will be back. */
  readonly attemptsMax: number;
  /** Time from a record's first attempt until a failed one is its last. By default there is no end. */
  readonly deadlineMs: number;
}

/** Hex digits of 128 random bits. */
export const PARTITION_KEY_BYTES = 32;

const DEFAULTS: ProducerLimits = {
  recordBytesTarget: PUT_RECORDS.billedUnitBytes,
  recordBytesMax: PUT_RECORDS.recordBytesMax,
  eventsPerRecordMax: 5000,
  bufferBytesMax: 16 * 1024 * 1024,
  lingerMs: 100,
  callsMax: 4,
  attemptsMax: Infinity,
  deadlineMs: Infinity,
};

/** Settings with what is missing filled in. Throws `RangeError` that names the setting, its value and its range. */
export function producerLimits(settings: Partial<ProducerLimits>): ProducerLimits {
  const limits = { ...DEFAULTS, ...withoutUndefined(settings) };
  inRange(limits, 'recordBytesMax', 1024, PUT_RECORDS.recordBytesMax);
  if (settings.recordBytesTarget === undefined) {
    limits.recordBytesTarget = Math.min(limits.recordBytesTarget, limits.recordBytesMax);
  }
  inRange(limits, 'recordBytesTarget', 512, limits.recordBytesMax);
  inRange(limits, 'eventsPerRecordMax', 1, RECORD_LIMITS.eventsMax);
  // Half of the buffer may be events gathered; the other half must take the largest record.
  inRange(limits, 'bufferBytesMax', 2 * (limits.recordBytesMax + 4 * RECORD_OVERHEAD_BYTES), 2 ** 40);
  inRange(limits, 'lingerMs', 0, 2 ** 31 - 1);
  inRange(limits, 'callsMax', 1, 1000);
  inRange(limits, 'attemptsMax', 1, Infinity);
  inRange(limits, 'deadlineMs', 1, Infinity);
  return limits;
}

function inRange(limits: ProducerLimits, name: keyof ProducerLimits, min: number, max: number): void {
  const value = limits[name];
  if (!(value >= min && value <= max))
    throw new RangeError(`${name} is ${value}: set it from ${min} to ${max}`);
}

function withoutUndefined(settings: Partial<ProducerLimits>): Partial<ProducerLimits> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
