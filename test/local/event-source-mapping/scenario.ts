import type { MappingCounters } from '#local/event-source-mapping/mapping-counters.ts';
import type {
  DiscardCondition,
  InvocationOutcome,
  PolledRecord,
} from '#local/event-source-mapping/shard-poller-action.ts';
import type { ShardPollerSettings } from '#local/event-source-mapping/shard-poller-settings.ts';

/** When every scenario begins. */
export const START_MS = 1_700_000_000_000;

/** One shard, and a function that reads it, on a virtual clock. The shard is closed behind its last record. */
export interface Scenario {
  readonly settings?: Partial<ShardPollerSettings>;
  readonly records: readonly PolledRecord[];
  /** The records up to this one are processed already. */
  readonly checkpoint?: string;
  /** What the function does with its nth invocation, counted from 0. */
  readonly answer: (sequenceNumbers: readonly string[], invocation: number) => Answer;
  readonly destination?: 'delivers' | 'fails' | 'none';
}

export interface Answer {
  readonly outcome: InvocationOutcome;
  readonly takesMs?: number;
}

/** What happened; times in milliseconds since the start. */
export interface Trace {
  readonly invocations: readonly { readonly atMs: number; readonly records: readonly string[] }[];
  readonly discards: readonly {
    readonly condition: DiscardCondition;
    readonly first: string;
    readonly last: string;
    readonly size: number;
    readonly invocations: number;
  }[];
  /** The last one of each run of changes. */
  readonly checkpoint: string | undefined;
  readonly counters: MappingCounters;
}

/** Something that follows Lambda's rules. Resolves when all of the shard is processed. */
export type RunScenario = (scenario: Scenario) => Promise<Trace>;

export const SETTINGS: ShardPollerSettings = {
  batchSize: 100,
  payloadBytesMax: 6 * 1024 * 1024,
  batchingWindowMs: 0,
  bisectBatchOnError: false,
  reportBatchItemFailures: true,
  retryAttempts: -1,
  recordAgeMsMax: -1,
  pollIntervalMs: 1000,
  retryDelayBaseMs: 100,
  retryDelayMsMax: 10_000,
};

/** Records `1`, `2`, … in the shard from the start. */
export function recordsAtStart(count: number, payloadBytes = 100): PolledRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    sequenceNumber: String(index + 1),
    arrivalMs: START_MS,
    payloadBytes,
  }));
}

/** Records `1`, `2`, … that reach the shard at these times after the start. */
export function recordsArriving(...arrivalsMs: readonly number[]): PolledRecord[] {
  return arrivalsMs.map((arrivalMs, index) => ({
    sequenceNumber: String(index + 1),
    arrivalMs: START_MS + arrivalMs,
    payloadBytes: 100,
  }));
}

/** What can be read at a time, behind a record. */
export function readShard(
  records: readonly PolledRecord[],
  after: string | undefined,
  recordsMax: number,
  nowMs: number,
) {
  const unread = records.filter(
    (record) => after === undefined || Number(record.sequenceNumber) > Number(after),
  );
  const readable = unread.filter((record) => record.arrivalMs <= nowMs).slice(0, recordsMax);
  return { records: readable, millisBehindLatest: 0, endOfShard: readable.length === unread.length };
}

export const succeed: Answer = { outcome: { type: 'response', response: { batchItemFailures: [] } } };
export const fail: Answer = { outcome: { type: 'failed' } };
export const unreachable: Answer = { outcome: { type: 'not_invoked' } };

export function respond(response: unknown): Answer {
  return { outcome: { type: 'response', response } };
}

export function failFrom(...sequenceNumbers: readonly string[]): Answer {
  return respond({ batchItemFailures: sequenceNumbers.map((itemIdentifier) => ({ itemIdentifier })) });
}
