import type { PackTools } from '#core/records/packed-columns.ts';
import { type DeliveryDeps, RecordDelivery } from '../produce/deliver-records.ts';
import type { OutgoingRecord, PutFailure } from '../produce/producer-errors.ts';
import type { ProducerLimits } from '../produce/producer-limits.ts';
import { randomKey } from '../produce/random-key.ts';
import type { Outcome, UndeliveredReason } from './outcome.ts';
import { type PlacedEvent, packEvents } from './pack-events.ts';

export interface PutDeps extends DeliveryDeps {
  readonly tools: PackTools;
}

/** What became of each event, by its index; and the first failure, for the log. */
export interface PutReport {
  readonly outcomes: ReadonlyMap<number, Outcome>;
  readonly failure: PutFailure | undefined;
}

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'LimitExceededException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'KMSThrottlingException',
]);

/**
 * Puts events on the stream, and waits until each of their records was acknowledged or given up, which the limits on
 * attempts and time must bring about. Never rejects for a stream that fails.
 */
export async function putEvents(
  events: readonly PlacedEvent[],
  deps: PutDeps,
  limits: ProducerLimits,
): Promise<PutReport> {
  const outcomes = new Map<number, Outcome>();
  const { records, oversize } = packEvents(events, deps.tools, limits);
  for (const { index, bytes, bytesMax } of oversize) {
    const detail = `${bytes} bytes, and a record takes at most ${bytesMax}`;
    outcomes.set(index, { status: 'rejected', rejection: { reason: 'too_large', detail } });
  }
  let failure: PutFailure | undefined;
  if (records.length === 0) return { outcomes, failure };
  await new Promise<void>((resolve) => {
    const places = new Map<OutgoingRecord, readonly number[]>();
    const delivery = new RecordDelivery(deps, limits, (record, failed) => {
      const outcome: Outcome =
        failed === undefined
          ? { status: 'accepted' }
          : { status: 'undelivered', reason: undeliveredReason(failed) };
      for (const index of places.get(record) ?? []) outcomes.set(index, outcome);
      places.delete(record);
      failure ??= failed;
      if (places.size === 0) resolve();
    });
    for (const { data, indices } of records) {
      const record = { partitionKey: randomKey(deps.random), data, events: indices.length };
      places.set(record, indices);
      delivery.deliver(record);
    }
  });
  return { outcomes, failure };
}

function undeliveredReason({ code, retryable, retryAfterMs }: PutFailure): UndeliveredReason {
  if (THROTTLED.has(code)) return 'throttled';
  return retryable || retryAfterMs !== undefined ? 'unavailable' : 'refused';
}
