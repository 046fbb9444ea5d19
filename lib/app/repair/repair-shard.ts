import { CorruptError } from '#core/bytes/corrupt-error.ts';
import { decodeHole, type Hole, type HoleContent } from '#core/degradation/hole.ts';
import { isRepaired } from '#core/degradation/repair-progress.ts';
import { isReached } from '#core/protocol/position.ts';
import { positionAfter } from '../aggregate/record-cursor.ts';
import { takeBackSuspect } from '../aggregate/suspects.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { ShardHead } from '../query/read-heads.ts';
import type { RepairDeps } from './deps.ts';
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

async function repairHoles(
  deps: RepairDeps,
  { head, shard }: ShardHead,
  run: RepairRun,
  isTimeUp: () => boolean,
): Promise<RepairReport['unfinished']> {
  await run.head();
  for await (const hole of openHoles(deps.table, shard, head, run.position)) {
    const content = decodeHole(hole.bytes, deps.compression);
    const unfinished = isSuspect(run)
      ? await repairOneByOne(deps, shard, run, hole, content, isTimeUp)
      : await repairHole(deps, shard, run, hole, content, isTimeUp);
    if (unfinished !== undefined) return unfinished;
  }
  await run.finish();
  return isRepaired(head, { position: run.position }) ? undefined : 'deadline';
}

/** Whether a run died of what comes next, or another was looking for what it was. Ours did not: it is alive. */
function isSuspect({ begun, suspect }: RepairRun): boolean {
  if (suspect === null) return false;
  return suspect.event !== null || suspect.attempts > (begun.has(suspect) ? 1 : 0);
}

async function repairHole(
  deps: RepairDeps,
  shard: ShardHead['shard'],
  run: RepairRun,
  hole: Hole,
  content: HoleContent,
  isTimeUp: () => boolean,
): Promise<'deadline' | undefined> {
  // Said once a run: as long as commits come through, it is what comes after the last of them.
  const suspect = run.suspect ?? { sequence: hole.first.sequence, event: null, attempts: 1 };
  if (run.suspect === null) await run.begin(suspect);
  let some: MarkedEvent[] = [];
  for await (const record of holeRecords(deps.records, shard, hole, content)) {
    for (const event of markedEvents(record, deps.tools)) {
      const { placed } = event;
      if (placed !== undefined && isReached(run.position, positionAfter(placed))) continue;
      some.push(event);
      if (some.length < EVENTS_A_COMMIT || placed === undefined) continue;
      await run.commit(content, some, { position: positionAfter(placed), suspect });
      some = [];
      if (isTimeUp()) return 'deadline';
    }
  }
  await run.commit(content, some, { position: hole.last, suspect });
  return isTimeUp() ? 'deadline' : undefined;
}
