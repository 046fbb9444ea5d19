import type { SequenceNumber } from '#core/brand.ts';
import type { Hole, HoleContent, Mark } from '#core/degradation/hole.ts';
import type { Position } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { eventLetter, recordLetter } from '../aggregate/letter.ts';
import { type PlacedEvent, positionAfter } from '../aggregate/record-cursor.ts';
import { crashedRejection } from '../aggregate/suspects.ts';
import type { DeadLetter } from '../ports/dead-letters.ts';
import type { RepairDeps } from './deps.ts';
import { type HoleRecord, holeRecords, type MarkedEvent, markedEvents } from './hole-events.ts';
import { rejectedChunk } from './repair-chunk.ts';
import type { Progress, RepairRun } from './repair-run.ts';

/** Why a run stops; nothing where it goes on. */
type Stop = 'crash_limit' | 'deadline' | undefined;

/**
 * A hole of which a run died: each record is decoded by itself and each event added by itself, and the head says so,
 * and how often, before it is begun. What was begun too often, and never came back, is rejected as `crashed`, and the
 * others count. More of that than poison explains is a bug: then nothing is rejected, and the hole stays open.
 */
export async function repairOneByOne(
  deps: RepairDeps,
  shard: ShardKey,
  run: RepairRun,
  hole: Hole,
  content: HoleContent,
  isTimeUp: () => boolean,
): Promise<Stop> {
  const one = new OneByOne(deps, shard, run, content, isTimeUp);
  const gone: MarkedEvent[] = [];
  for await (const part of holeRecords(deps.records, shard, hole, content, run.position)) {
    const { record } = part;
    // Nothing is known of these that could kill.
    if (record === undefined) gone.push(...markedEvents(part, deps.tools));
    else {
      const stop = await one.record(part, record);
      if (stop !== undefined) return stop;
    }
  }
  await run.commit(content, gone, { position: hole.last, suspect: null });
  return isTimeUp() ? 'deadline' : undefined;
}

class OneByOne {
  readonly #deps: RepairDeps;
  readonly #shard: ShardKey;
  readonly #run: RepairRun;
  readonly #content: HoleContent;
  readonly #isTimeUp: () => boolean;

  constructor(
    deps: RepairDeps,
    shard: ShardKey,
    run: RepairRun,
    content: HoleContent,
    isTimeUp: () => boolean,
  ) {
    this.#deps = deps;
    this.#shard = shard;
    this.#run = run;
    this.#content = content;
    this.#isTimeUp = isTimeUp;
  }

  async record(part: HoleRecord, record: StreamRecord): Promise<Stop> {
    const { sequence } = record;
    const { suspect } = this.#run;
    const end = part.skipped + part.marks.length;
    const position = { sequence, events: part.isWhole ? null : end };
    // Where an event of the record was reached before, decoding it is above suspicion.
    const isDecodable = suspect?.sequence === sequence && suspect.event !== null;
    if (!isDecodable && !(await this.#begin(sequence, null))) {
      const { limits, pipeline } = this.#deps;
      const letter = recordLetter(pipeline, this.#shard, record, crashedRejection(limits));
      return this.#reject(part.marks, letter, after(position, end));
    }
    const lost: MarkedEvent[] = [];
    for (const event of markedEvents(part, this.#deps.tools)) {
      const { placed } = event;
      if (placed === undefined) lost.push(event);
      else {
        const stop = await this.#event(event, placed);
        if (stop !== undefined) return stop;
      }
    }
    if (lost.length > 0) await this.#run.commit(this.#content, lost, after(position, end));
    return undefined;
  }

  async #event(event: MarkedEvent, placed: PlacedEvent): Promise<Stop> {
    const progress = after(positionAfter(placed), placed.index + 1);
    if (!(await this.#begin(placed.record.sequence, placed.index))) {
      const { limits, pipeline } = this.#deps;
      const letter = eventLetter(pipeline, this.#shard, placed, crashedRejection(limits));
      return this.#reject([event.mark], letter, progress);
    }
    await this.#run.commit(this.#content, [event], progress);
    return this.#stop();
  }

  /** Says that something is begun once more; false where it was begun too often. */
  async #begin(sequence: SequenceNumber, event: number | null): Promise<boolean> {
    const { begun, suspect } = this.#run;
    const isKnown = suspect?.sequence === sequence && suspect.event === event;
    const attempts = isKnown ? suspect.attempts : 0;
    // One attempt may be this environment's, which is alive: it counts already, and shows nothing.
    const isOurs = isKnown && begun.has(suspect);
    if (attempts - (isOurs ? 1 : 0) >= this.#deps.limits.crashAttemptsMax) return false;
    if (!isOurs) await this.#run.begin({ sequence, event, attempts: attempts + 1 });
    return true;
  }

  async #reject(marks: readonly Mark[], letter: DeadLetter, progress: Progress): Promise<Stop> {
    if (this.#run.isAtCrashLimit) return 'crash_limit';
    await this.#run.commitCrashed(rejectedChunk(this.#deps.pipeline, marks, letter), progress);
    return this.#stop();
  }

  #stop(): Stop {
    return this.#isTimeUp() ? 'deadline' : undefined;
  }
}

/** What comes next is taken one by one too: it has not been begun yet. */
function after(position: Position, event: number): Progress {
  return { position, suspect: { sequence: position.sequence, event, attempts: 0 } };
}
