/**
 * What a poller has done, in records where not said otherwise; the names are those of CloudWatch's event source
 * mapping metrics (`PolledEventCount`, `InvokedEventCount`, …) with "event" in the meaning of AWS, a record.
 */
export interface MappingCounters {
  polledRecords: number;
  /** Given to the function; again with each retry. */
  invokedRecords: number;
  /** Given to the function and not done by it. */
  failedRecords: number;
  /** Given up and told to nobody. */
  droppedRecords: number;
  /** Given up, and the on-failure destination told. */
  deliveredRecords: number;
  /** Done by the function. */
  processedRecords: number;
  invocations: number;
  /** Invocations that threw, ran out of time, died, or answered what can't be understood. */
  failedInvocations: number;
  /** Invocations that did a part of their batch, or none of it in an orderly way. */
  partialInvocations: number;
  destinationDeliveryFailures: number;
}

export function newMappingCounters(): MappingCounters {
  return {
    polledRecords: 0,
    invokedRecords: 0,
    failedRecords: 0,
    droppedRecords: 0,
    deliveredRecords: 0,
    processedRecords: 0,
    invocations: 0,
    failedInvocations: 0,
    partialInvocations: 0,
    destinationDeliveryFailures: 0,
  };
}

/** Adds up the counters of several pollers. */
export function sumMappingCounters(all: Iterable<Readonly<MappingCounters>>): MappingCounters {
  const sum = newMappingCounters();
  for (const counters of all) {
    for (const name of Object.keys(sum) as (keyof MappingCounters)[]) sum[name] += counters[name];
  }
  return sum;
}
