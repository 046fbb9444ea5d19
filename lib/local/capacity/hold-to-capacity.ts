import { recordTools } from '#adapters/record-tools.ts';
import { costShare, workMs } from '#core/degradation/event-costs.ts';
import type { Capacity } from '#core/pipeline/pipeline.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { Clock, EndedInvocation, InvokeFunction } from '../event-source-mapping/ports.ts';
import { countedEvents } from './counted-events.ts';
import { type BatchRecord, batchRecords, eventOf, shardOf } from './lambda-records.ts';

/**
 * How much work an invocation gets at most, in milliseconds: about what goes into a commit. The rest of a batch is handed
 * back, as a function does whose time is up.
 */
const WORK_MS_MAX = 5000;

/** What is known of one shard's work. */
interface Pace {
  /** What an event cost in the last batch, as a part of what a whole one costs: what the next one is guessed by. */
  share: number;
  /** Milliseconds of work that were not waited for yet; below 0: that too much was. */
  owedMs: number;
}

/**
 * Holds a function to the capacity that its pipeline declares: of each shard, events take the time that they would take a
 * function which can do just that, and less where something is left out of them. On a laptop nothing is ever too much
 * for the function, so that there would be no overload to be seen.
 *
 * The time passes before the function gets the events, since they count once they have been worked on; what they cost is
 * known afterwards, by what the function has published, and what was guessed wrong is made up for with the next batch.
 */
export function holdToCapacity(invoke: InvokeFunction, capacity: Capacity, clock: Clock): InvokeFunction {
  const paces = new Map<string, Pace>();
  const wait = (ms: number) => new Promise<void>((resolve) => clock.setTimer(resolve, ms));

  return async (json) => {
    const records = batchRecords(json);
    const shard = shardOf(records);
    const pace = paces.get(shard) ?? { share: 1, owedMs: 0 };
    paces.set(shard, pace);
    const { count, events, bytes } = takeWork(records, capacity, pace.share);
    const taken = count === records.length ? json : eventOf(records.slice(0, count));

    const guessedMs = pace.share * workMs(capacity, { received: events, reduced: 0, held: 0 }, bytes);
    const waitMs = Math.max(0, guessedMs + pace.owedMs);
    await wait(waitMs);
    const begunMs = clock.nowMs();
    const ended = await invoke(taken);
    const tookMs = waitMs + clock.nowMs() - begunMs;

    const counted = countedEvents(ended.metrics ?? []);
    // Of a function that died nothing is known, but that it had the time; what it has counted before costs nothing more.
    const workedMs = counted === undefined ? guessedMs : workMs(capacity, counted, bytes);
    if (counted !== undefined && counted.received > 0) pace.share = costShare(capacity, counted);
    pace.owedMs = Math.min(WORK_MS_MAX, Math.max(-WORK_MS_MAX, pace.owedMs + workedMs - tookMs));
    return count === records.length ? ended : withRest(ended, records[count]);
  };
}

/** As many records as there is time for, at least one. */
function takeWork(
  records: readonly BatchRecord[],
  capacity: Capacity,
  share: number,
): { count: number; events: number; bytes: number } {
  let events = 0;
  let bytes = 0;
  for (const [count, record] of records.entries()) {
    const data = Buffer.from(record.kinesis.data, 'base64');
    // How many events there are matters only where they are what is counted.
    const received = 'eventsPerSecond' in capacity ? decodeRecord(data, recordTools).length : 1;
    const next = { received: events + received, reduced: 0, held: 0 };
    if (count > 0 && share * workMs(capacity, next, bytes + data.length) > WORK_MS_MAX)
      return { count, events, bytes };
    events += received;
    bytes += data.length;
  }
  return { count: records.length, events, bytes };
}

/** An answer that also says where the rest begins, which the function did not get. */
function withRest(ended: EndedInvocation, first: BatchRecord | undefined): EndedInvocation {
  const { outcome } = ended;
  if (outcome.type !== 'response' || first === undefined) return ended;
  const { batchItemFailures: failures = [] } = (outcome.response ?? {}) as {
    readonly batchItemFailures?: readonly object[];
  };
  if (failures.length > 0) return ended;
  const batchItemFailures = [{ itemIdentifier: first.kinesis.sequenceNumber }];
  return { ...ended, outcome: { type: 'response', response: { batchItemFailures } } };
}
