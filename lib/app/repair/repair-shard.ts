import { CorruptError } from '#core/bytes/corrupt-error.ts';
import { decodeHole, type HoleContent } from '#core/degradation/hole.ts';
import { isRepaired } from '#core/degradation/repair-progress.ts';
import type { Position } from '#core/protocol/position.ts';
import { positionAfter } from '../aggregate/record-cursor.ts';
import { takeBackSuspect } from '../aggregate/suspects.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { ShardHead } from '../query/read-heads.ts';
import type { RepairDeps } from './deps.ts';
import { ForwardRecords } from './forward-records.ts';
import { holeRecords, type MarkedEvent, markedEvents } from './hole-events.ts';
import { openHoles } from './open-holes.ts';
import { repairOneByOne } from './repair-one-by-one.ts';
import type { RepairReport } from './repair-report.ts';
import { RepairConflict, RepairRun, type RepairTally } from './repair-run.ts';

/** Events that one commit takes at most. */
const EVENTS_A_COMMIT = 10_000;

/**
 * Adds what a shard's commits have left out, hole by hole, in the order of the stream. What is added and how far that
 * is are one conditional write of the repair's own head, so that a crash, a second run, or two at once count once. It
 * goes to late blocks of its own, which readers add to what they find: finals do not wait for it, nor change.
 *
 * Before anything is added, the head says that it is begun. Where a run finds that, the one before it died of what
 * comes next: it takes the events of that hole one by one, until it is known of which.
 *
 * Returns why not all is repaired. Throws `RepairConflict`, or a `DependencyError`.
 */
export async function repairShard(
  deps: RepairDeps,
  shard: ShardHead,
  tally: RepairTally,
  isTimeUp: () => boolean,
): Promise<RepairReport['unfinished']> {
  const run = new RepairRun(deps, shard.shard, tally);
  try {
    const unfinished = await repairHoles(deps, shard, run, isTimeUp);
    await takeBackSuspect(run);
    return unfinished;
  } catch (error) {
    const isOrderly = [CorruptError, DependencyError, RepairConflict].some((type) => error instanceof type);
    // Else it is a bug: then what was begun stays begun, even if the environment survives.
    if (isOrderly) await takeBackSuspect(run);
    else run.begun.end();
    throw error;
  }
}

/** What is to be one commit: events of holes that follow each other, and how far they go. */
interface Gathered {
  readonly content: HoleContent;
  readonly events: MarkedEvent[];
  end: Position;
}

async function repairHoles(
  given: RepairDeps,
  { head, shard }: ShardHead,
  run: RepairRun,
  isTimeUp: () => boolean,
): Promise<RepairReport['unfinished']> {
  const deps = { ...given, records: new ForwardRecords(given.records) };
  await run.head();
  // Holes are as small as the commits that made them: many go into one, but where a run has died, so that it is soon
  // known of which hole.
  let gathered: Gathered | undefined;
  let isCareful = false;
  const commit = async () => {
    const { suspect } = run;
    if (gathered !== undefined)
      await run.commit(gathered.content, gathered.events, { position: gathered.end, suspect });
    gathered = undefined;
  };
  for await (const hole of openHoles(deps.table, shard, head, run.position)) {
    const content = decodeHole(hole.bytes, deps.compression);
    if (gathered !== undefined && !leavesOutTheSame(gathered.content, content)) await commit();
    if (isSuspect(run)) {
      isCareful = true;
      const unfinished = await repairOneByOne(deps, shard, run, hole, content, isTimeUp);
      if (unfinished !== undefined) return unfinished;
      continue;
    }
    // Said once a run: as long as commits come through, it is what comes after the last of them.
    if (run.suspect === null) await run.begin({ sequence: hole.first.sequence, event: null, attempts: 1 });
    for await (const record of holeRecords(deps.records, shard, hole, content, run.position)) {
      for (const event of markedEvents(record, deps.tools)) {
        const { placed } = event;
        gathered ??= { content, events: [], end: run.position };
        gathered.events.push(event);
        if (gathered.events.length < EVENTS_A_COMMIT || placed === undefined) continue;
        gathered.end = positionAfter(placed);
        await commit();
        if (isTimeUp()) return 'deadline';
      }
    }
    gathered ??= { content, events: [], end: hole.last };
    gathered.end = hole.last;
    if (isCareful || isTimeUp()) await commit();
    if (isTimeUp()) return 'deadline';
  }
  await commit();
  await run.finish();
  return isRepaired(head, { position: run.position }) ? undefined : 'deadline';
}

/** Whether what two holes lack is to be added in the same way: then they can be one commit. */
function leavesOutTheSame({ aggregates: a }: HoleContent, { aggregates: b }: HoleContent): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether a run died of what comes next, or another was looking for what it was. Ours did not: it is alive. */
function isSuspect({ begun, suspect }: RepairRun): boolean {
  if (suspect === null) return false;
  return suspect.event !== null || suspect.attempts > (begun.has(suspect) ? 1 : 0);
}
