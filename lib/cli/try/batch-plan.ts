/** How events are packed so that a batch of the function carries the number asked for. */
export interface BatchPlan {
  readonly eventsPerRecord: number;
  readonly recordsPerBatch: number;
}

/** Records beyond this hold little more for their size, and the handler commits whole records with ease below it. */
const EVENTS_PER_RECORD_MAX = 2500;
/** What an event source mapping takes at most. */
const RECORDS_PER_BATCH_MAX = 10_000;

/** The largest number of events a batch that a plan exists for. */
export const BATCH_EVENTS_MAX = 1_000_000;

/**
 * As few records as possible, all of the same size: so records hold the greatest divisor of `batchEvents` that is not
 * too large. Where there is none but small ones (a prime), batches carry a little less than asked for.
 */
export function planBatches(batchEvents: number): BatchPlan {
  const records = Math.ceil(batchEvents / EVENTS_PER_RECORD_MAX);
  for (
    let candidate = records;
    candidate <= Math.min(records * 8, batchEvents, RECORDS_PER_BATCH_MAX);
    candidate++
  ) {
    if (batchEvents % candidate === 0) {
      return { eventsPerRecord: batchEvents / candidate, recordsPerBatch: candidate };
    }
  }
  return { eventsPerRecord: Math.floor(batchEvents / records), recordsPerBatch: records };
}

/** Events in a full batch. */
export function batchEventsOf({ eventsPerRecord, recordsPerBatch }: BatchPlan): number {
  return eventsPerRecord * recordsPerBatch;
}
