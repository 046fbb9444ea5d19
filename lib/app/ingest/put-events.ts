import { fnv1a64 } from '#core/fnv1a.ts';
import type { PackTools } from '#core/records/packed-columns.ts';
import { type DeliveryDeps, RecordDelivery } from '../produce/deliver-records.ts';
import type { OutgoingRecord, PutFailure } from '../produce/producer-errors.ts';
import type { ProducerLimits } from '../produce/producer-limits.ts';
import { randomKey } from '../produce/random-key.ts';
import type { Outcome, UndeliveredReason } from './outcome.ts';
import { type PlacedEvent, packEvents } from './pack-events.ts';

export interface PutDeps extends DeliveryDeps {
  readonly tools: PackTools;
  /** An event's id, where the pipeline tells duplicates by it. */
  readonly idOf?: (event: unknown) => string | undefined;
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
  const valueOf = new Map(events.map(({ index, value }) => [index, value]));
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
      const partitionKey = keyOfRecord(valueOf.get(indices[0] ?? -1), deps);
      const record = { partitionKey, data, events: indices.length };
      places.set(record, indices);
      delivery.deliver(record);
    }
  });
  return { outcomes, failure };
}

/**
 * A request that is sent again is packed into the same records; by the id of its first event, each of them goes to the
 * shard in which the first one is known.
 */
function keyOfRecord(first: unknown, { idOf, random }: PutDeps): string {
  const id = idOf?.(first);
  return id === undefined ? randomKey(random) : fnv1a64(id).toString(36);
}

function undeliveredReason({ code, retryable, retryAfterMs }: PutFailure): UndeliveredReason {
  if (THROTTLED.has(code)) return 'throttled';
  return retryable || retryAfterMs !== undefined ? 'unavailable' : 'refused';
}
