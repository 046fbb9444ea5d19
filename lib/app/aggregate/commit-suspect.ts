import type { EpochMs } from '#core/brand.ts';
import type { Suspect } from '#core/protocol/head.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import { countedEvents, type Position } from '#core/protocol/position.ts';
import { isCanaryRecord } from '#core/records/canary-record.ts';
import type { Batch, StreamRecord } from '#core/records/stream-record.ts';
import { addLookupCounts } from '../enrich/answer.ts';
import { commitChunk, type Step } from './commit-chunk.ts';
import { degradationOf } from './degradation-of.ts';
import type { AggregateDeps } from './deps.ts';
import { eventLetter, recordLetter } from './letter.ts';
import { positionAfter, type RecordCursor } from './record-cursor.ts';
import type { CommitContent, FoldedHead, ShardRun } from './shard-run.ts';
import { countCrash, crashedRejection } from './suspects.ts';
import { takeNextChunk } from './take-next-chunk.ts';

/**
 * Whether a batch may be one that kills the function: Lambda's bisecting leaves such a record alone in its batch, and
 * by then it has waited a while. A canary kills nothing: nobody looks into it.
 */
export function isSuspect(deps: AggregateDeps, batch: Batch): boolean {
  const [only, second] = batch.records;
  if (only === undefined || second !== undefined || isCanaryRecord(only.data)) return false;
  return deps.now() - only.arrival > deps.limits.suspectAfterMs;
}

/**
 * Takes a record that may kill the function. Before it is begun, the head says so, and how often it was begun; one
 * that was begun and not come back from is taken event by event from then on, in the same way. What was begun too
 * often, and never came back, is rejected as `crashed`, and its neighbours count. More of that than poison explains
 * is a bug of the function: then nothing is rejected.
 */
export async function commitSuspect(
  deps: AggregateDeps,
  run: ShardRun,
  batch: Batch,
  cursor: RecordCursor,
  folded: FoldedHead,
  isTimeUp: () => boolean,
): Promise<Step | 'crash_limit'> {
  const { head } = folded;
  const record = cursor.firstUncounted(head.position);
  if (record === undefined) return 'done';
  const known = head.suspect?.sequence === record.sequence ? head.suspect : null;
  // One attempt may be this environment's, which is alive: it counts already, and shows nothing.
  const ours = run.begun.has(known) ? 1 : 0;
  if (known !== null && (known.event !== null || known.attempts > ours)) {
    return commitOneEvent(deps, run, batch, cursor, folded, record, known);
  }
  const suspect = { sequence: record.sequence, event: null, attempts: 1 };
  const begun = ours === 1 ? head : await run.begin(head, suspect);
  if (begun === undefined) return 'conflict';
  return commitChunk(deps, run, batch, cursor, { ...folded, head: begun }, isTimeUp);
}

/** Of a record that was begun and not come back from: decodes it, or counts its next event, or rejects it. */
async function commitOneEvent(
  deps: AggregateDeps,
  run: ShardRun,
  batch: Batch,
  cursor: RecordCursor,
  folded: FoldedHead,
  record: StreamRecord,
  known: Suspect,
): Promise<Step | 'crash_limit'> {
  const { head } = folded;
  const counted = countedEvents(head.position, record.sequence) ?? 0;
  // Where an event of the record was reached before, decoding it is above suspicion.
  const isDecoding = counted === 0 && known.event === null && !cursor.isDecoded(record);
  const event = isDecoding ? null : counted;
  const attempts = known.event === event ? known.attempts : 0;
  const isOurs = attempts > 0 && run.begun.has(known);
  if (attempts - (isOurs ? 1 : 0) >= deps.limits.crashAttemptsMax) {
    return rejectCrashed(deps, run, batch, cursor, folded, record, event);
  }
  const suspect = { sequence: record.sequence, event, attempts: attempts + 1 };
  const begun = isOurs ? head : await run.begin(head, suspect);
  if (begun === undefined) return 'conflict';
  if (isDecoding) {
    cursor.decode(record);
    return 'more';
  }
  const bounds = { ...deps.limits, eventsMax: 1, isTimeUp: () => false };
  const events = cursor.eventsBeyond(begun.position);
  const ids = await run.ids(begun, record.arrival);
  const fresh = ids.begin();
  const chunk = await takeNextChunk(deps, batch.shard, begun, events, bounds, fresh);
  const content = {
    ...chunk,
    deltas: chunk.deltas.deltas(),
    pendingBytesSoft: deps.limits.pendingBytesSoft,
    suspect: nextSuspect(chunk.position),
    crashes: head.crashes,
    ids: await ids.next(fresh),
    ...degradationOf(deps, chunk, head),
  };
  const proposal = run.propose({ ...folded, head: begun }, content);
  const committed = await run.commit(proposal, chunk.letters);
  if (committed === undefined) return 'conflict';
  run.tally.lookups = addLookupCounts(run.tally.lookups, chunk.lookups);
  run.tally.reduced += chunk.reduced;
  return chunk.last ? 'done' : 'more';
}

/** Within a record, its next event comes alone too: it has not been begun yet. */
function nextSuspect({ sequence, events }: Position): Suspect | null {
  return events === null ? null : { sequence, event: events, attempts: 0 };
}

async function rejectCrashed(
  deps: AggregateDeps,
  run: ShardRun,
  batch: Batch,
  cursor: RecordCursor,
  folded: FoldedHead,
  record: StreamRecord,
  event: number | null,
): Promise<Step | 'crash_limit'> {
  const crashes = countCrash(folded.head.crashes, deps.now() as EpochMs);
  if (crashes.count > deps.limits.crashesPerHourMax) return 'crash_limit';
  const rejection = crashedRejection(deps.limits);
  let letter = recordLetter(deps.pipeline, batch.shard, record, rejection);
  let position: Position = { sequence: record.sequence, events: null };
  const ids = await run.ids(folded.head, record.arrival);
  const fresh = ids.begin();
  fresh?.arrive(record.arrival);
  if (event !== null) {
    for (const placed of cursor.eventsBeyond(folded.head.position)) {
      const whole = placed.decoded.ok ? placed.decoded.whole : undefined;
      // With its last event, a record has been seen.
      if (whole !== undefined) fresh?.isOfDuplicateRecord(whole);
      letter = eventLetter(deps.pipeline, batch.shard, placed, rejection);
      position = positionAfter(placed);
      break;
    }
  }
  const content: CommitContent = {
    position,
    ledger: { ...EMPTY_LEDGER, received: 1, invalid: 1 },
    deltas: [],
    watermark: null,
    newest: null,
    pendingBytesSoft: deps.limits.pendingBytesSoft,
    suspect: nextSuspect(position),
    crashes,
    ids: await ids.next(fresh),
  };
  if ((await run.commit(run.propose(folded, content), [letter])) === undefined) return 'conflict';
  return cursor.firstUncounted(position) === undefined ? 'done' : 'more';
}
