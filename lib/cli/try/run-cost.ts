import type { LocalRun } from '../run/local-run.ts';

/** What a run cost, in what AWS bills by. */
export interface RunCost {
  /** Events read from the file. */
  readonly events: number;
  /** Records put into the stream. */
  readonly records: number;
  readonly invocations: number;
  /** Requests to DynamoDB by operation. */
  readonly requests: Readonly<Record<string, number>>;
  readonly writeUnits: number;
  readonly readUnits: number;
}

export function toRunCost(run: LocalRun): RunCost {
  const { invocations, requests, writeUnits, readUnits } = run.usage();
  return {
    events: run.fed,
    records: run.producer.stats().records,
    invocations,
    requests,
    writeUnits,
    readUnits,
  };
}

/** All requests, whatever the operation. */
export function requestsOf({ requests }: RunCost): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}
