import type { EpochMs } from '#core/brand.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import type { Batch } from '#core/records/stream-record.ts';
import { addLookupCounts } from '../enrich/answer.ts';
import { degradationOf } from './degradation-of.ts';
import type { AggregateDeps } from './deps.ts';
import type { RecordCursor } from './record-cursor.ts';
import { type CommitIds, sameIds } from './shard-ids.ts';
import type { CommitContent, FoldedHead, ShardRun } from './shard-run.ts';
import type { Chunk } from './take-chunk.ts';
import { takeNextChunk } from './take-next-chunk.ts';

/** How a step of a batch ended. */
export type Step = 'done' | 'more' | 'conflict';

/**
 * Aggregates and commits as many of the batch's next events as fit into the head. Where even one event has no room
 * beside what is pending, the commit counts nothing and only decides that everything is folded.
 */
export async function commitChunk(
  deps: AggregateDeps,
  run: ShardRun,
  batch: Batch,
  cursor: RecordCursor,
  folded: FoldedHead,
  isTimeUp: () => boolean,
): Promise<Step> {
  const { limits } = deps;
  const ids = await run.ids(folded.head, cursor.nextArrival(folded.head.position));
  for (;;) {
    const { chunkEventsMax: eventsMax } = run;
    const { cellsMax, letterBytesMax } = limits;
    const begun = deps.now();
    const isLongEnough = () => deps.now() - begun >= limits.commitMsMax;
    const bounds = { eventsMax, cellsMax, letterBytesMax, isTimeUp, isLongEnough };
    const { head } = folded;
    const events = cursor.eventsBeyond(head.position);
    const fresh = ids.begin();
    const chunk = await takeNextChunk(deps, batch.shard, head, events, bounds, fresh);
    const content = contentOf(deps, chunk, await ids.next(fresh), folded);
    const proposal = run.propose(folded, content);
    const fits = proposal.bytes <= limits.headBytesMax;
    if (!fits && chunk.events > 1) {
      run.chunkEventsMax = Math.floor(chunk.events / 2);
      continue;
    }
    if (!fits && (head.pending.some(({ fold }) => !fold) || head.holes.some(({ store }) => !store)))
      return commitFoldsOnly(run, folded);
    const committed = await run.commit(proposal, chunk.letters);
    if (committed === undefined) return 'conflict';
    run.noteHotGroup(chunk.deltas.hotGroupShare);
    run.tally.lookups = addLookupCounts(run.tally.lookups, chunk.lookups);
    run.tally.reduced += chunk.reduced;
    // What is folded next leaves room: let the next chunk be larger again.
    run.chunkEventsMax *= 2;
    return chunk.last ? 'done' : 'more';
  }
}

function contentOf(deps: AggregateDeps, chunk: Chunk, ids: CommitIds, { head }: FoldedHead): CommitContent {
  const { canaryArrival: arrival } = chunk;
  return {
    position: chunk.position,
    ledger: chunk.ledger,
    deltas: chunk.deltas.deltas(),
    watermark: chunk.watermark,
    newest: chunk.newest,
    ...(arrival !== null && { canary: { arrival, counted: deps.now() as EpochMs } }),
    pendingBytesSoft: deps.limits.pendingBytesSoft,
    suspect: null,
    crashes: head.crashes,
    ids,
    ...degradationOf(deps, chunk, head),
  };
}

async function commitFoldsOnly(run: ShardRun, folded: FoldedHead): Promise<Step> {
  run.chunkEventsMax = Number.POSITIVE_INFINITY;
  const { position, seen, suspect, crashes } = folded.head;
  const content = {
    position,
    ledger: EMPTY_LEDGER,
    deltas: [],
    watermark: null,
    newest: null,
    pendingBytesSoft: 0,
    suspect,
    crashes,
    ids: sameIds(seen),
  };
  return (await run.commit(run.propose(folded, content), [])) === undefined ? 'conflict' : 'more';
}
