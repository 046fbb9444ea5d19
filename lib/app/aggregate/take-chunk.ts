import { BatchDeltas } from '#core/batch/batch-deltas.ts';
import { type CheckedEvent, checkEvent, isRejection } from '#core/batch/check-event.ts';
import type { EpochMs } from '#core/brand.ts';
import { HELD, KEPT, type Mark, REDUCED } from '#core/degradation/hole.ts';
import { HoleBuilder } from '#core/degradation/hole-builder.ts';
import { levelsOf } from '#core/degradation/ladder.ts';
import type { ChunkIds } from '#core/duplicates/chunk-ids.ts';
import { type EventPlace, NO_PLACE } from '#core/metrics/event-order.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { Head, NewestEvent } from '#core/protocol/head.ts';
import { EMPTY_LEDGER, type Ledger } from '#core/protocol/ledger.ts';
import { later } from '#core/protocol/next-head.ts';
import type { Position } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { Rejection } from '#core/rejection.ts';
import { addLookupCounts, type LookupCounts, NO_LOOKUPS } from '../enrich/answer.ts';
import type { DeadLetter } from '../ports/dead-letters.ts';
import { eventLetter } from './letter.ts';
import { type PlacedEvent, positionAfter } from './record-cursor.ts';

/** What one commit will say: some events of a batch, aggregated in memory; nothing is written yet. */
export interface Chunk {
  readonly deltas: BatchDeltas;
  readonly letters: readonly DeadLetter[];
  readonly ledger: Ledger;
  /** How far the shard is counted once the chunk is committed. */
  readonly position: Position;
  /** The shard's after these events. */
  readonly watermark: EpochMs | null;
  readonly newest: NewestEvent | null;
  /** When the last canary among them arrived; it is none of the events. */
  readonly canaryArrival: EpochMs | null;
  readonly events: number;
  readonly lookups: LookupCounts;
  /** What was left out of the events; none where the level is 0. */
  readonly left: HoleBuilder | undefined;
  /** Of those events of which something was. */
  readonly reduced: number;
  /** When the first and the last of the events arrived; `undefined` where there are none. */
  readonly arrivals: { readonly first: EpochMs; readonly last: EpochMs } | undefined;
  /** Of the records whose last event it takes. */
  readonly bytes: number;
  /** Whether the batch has no further events. */
  readonly last: boolean;
}

export interface ChunkBounds {
  readonly eventsMax: number;
  readonly cellsMax: number;
  readonly letterBytesMax: number;
  /** Asked every thousand events: whether it is time to commit what there is. */
  readonly isTimeUp: () => boolean;
  /** Asked as often: whether this commit has been in the making for so long that it should be made. */
  readonly isLongEnough?: () => boolean;
}

const EVENTS_BETWEEN_LOOKS = 1000;

/** What a chunk begins from. */
export type ChunkHead = Pick<Head, 'position' | 'watermark'> & Partial<Pick<Head, 'load'>>;

/** What a dead letter takes in memory and in the queue beside its payload: a record may hold thousands of tiny ones. */
const LETTER_BYTES_BESIDE = 512;

/**
 * Aggregates the events beyond a head's position, in order, until a bound is met; at least one event where there is
 * one. The watermark runs on from the head's, event by event.
 */
export function takeChunk(
  pipeline: Pipeline,
  shard: ShardKey,
  head: ChunkHead,
  events: Iterable<PlacedEvent>,
  bounds: ChunkBounds,
  ids?: ChunkIds,
): Chunk {
  const taker = new ChunkTaker(pipeline, shard, head, bounds, ids);
  for (const placed of events) {
    if (taker.isFull()) return taker.chunk(false);
    taker.take(placed, judgeEvent(pipeline, placed));
  }
  return taker.chunk(true);
}

/** Nobody asks the pipeline what it makes of a canary. */
const CANARY_VERDICT: Rejection = { reason: 'schema', detail: 'a canary, which is no event' };

/** Nor what it makes of a copy, which is not counted here. */
const COPY_VERDICT: Rejection = { reason: 'schema', detail: 'a copy, which its producer sends again' };

/** What the pipeline makes of an event, or why it was rejected; without its lookups. */
export function judgeEvent(pipeline: Pipeline, { record, decoded }: PlacedEvent): CheckedEvent | Rejection {
  if (decoded.ok && decoded.isCanary) return CANARY_VERDICT;
  if (decoded.isCopy) return COPY_VERDICT;
  return decoded.ok ? checkEvent(pipeline, decoded.value, record.arrival) : decoded.rejection;
}

/** Takes events into a chunk, one by one, in their order. */
export class ChunkTaker {
  readonly #pipeline: Pipeline;
  readonly #shard: ShardKey;
  readonly #bounds: ChunkBounds;
  /** Of a pipeline that tells duplicates. */
  readonly #ids: ChunkIds | undefined;
  readonly #deltas: BatchDeltas;
  readonly #letters: DeadLetter[] = [];
  #taken = 0;
  readonly #outcomes = { on_time: 0, late: 0, expired: 0 };
  #duplicates = 0;
  /** What the head's level leaves out. */
  readonly #isReducing: boolean;
  readonly #isHolding: boolean;
  readonly #left: HoleBuilder | undefined;
  #held = 0;
  #reduced = 0;
  #bytes = 0;
  #firstArrival: EpochMs | undefined;
  #lookups = NO_LOOKUPS;
  #letterBytes = 0;
  /** Of the event that is being added; one object for all of them, as there are many. */
  readonly #place: { -readonly [Part in keyof EventPlace]: EventPlace[Part] };
  readonly #position: Position;
  #counted: PlacedEvent | undefined;
  #watermark: EpochMs | null;
  /** Of the event with the latest time; two numbers, as an object for each event would be garbage. */
  #newestTime = Number.NEGATIVE_INFINITY;
  #newestArrival = 0;
  #canaryArrival: EpochMs | null = null;
  #canaries = 0;

  constructor(pipeline: Pipeline, shard: ShardKey, head: ChunkHead, bounds: ChunkBounds, ids?: ChunkIds) {
    this.#pipeline = pipeline;
    this.#shard = shard;
    this.#bounds = bounds;
    this.#ids = ids;
    this.#deltas = new BatchDeltas(pipeline);
    this.#place = { ...NO_PLACE, shard: shard.shard };
    this.#position = head.position;
    this.#watermark = head.watermark;
    const level = head.load?.level ?? 0;
    const levels = level === 0 ? [] : levelsOf(pipeline);
    this.#isReducing = levels.includes(1);
    this.#isHolding = level === 2 && levels.includes(2);
    this.#left = level === 0 ? undefined : new HoleBuilder(pipeline);
  }

  /** What was taken, the canaries among it: what is looked at is bounded by it. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether a bound is met; never before something was taken. */
  isFull(): boolean {
    const { cellsMax, eventsMax, isLongEnough, isTimeUp, letterBytesMax } = this.#bounds;
    const taken = this.#taken;
    const isFull =
      taken >= eventsMax ||
      this.#deltas.cells >= cellsMax ||
      this.#letterBytes >= letterBytesMax ||
      (taken % EVENTS_BETWEEN_LOOKS === EVENTS_BETWEEN_LOOKS - 1 &&
        (isTimeUp() || isLongEnough?.() === true));
    return isFull && taken > 0;
  }

  /** Whether an event that comes next is left out whole: then none of its fields is looked at. */
  holds({ event, time }: CheckedEvent): boolean {
    return this.#isHolding && this.#deltas.canLeaveOut(time, this.#watermark) && this.#isLow(event);
  }

  /** Aggregates one event, or keeps why it was rejected. Of event time and arrival, the lesser moves the watermark. */
  take(placed: PlacedEvent, judged: CheckedEvent | Rejection, lookups: LookupCounts = NO_LOOKUPS): void {
    const { isLast, record } = placed;
    this.#counted = placed;
    this.#taken += 1;
    this.#firstArrival ??= record.arrival;
    if (isLast) this.#bytes += record.data.length;
    const mark = this.#mark(placed, judged, lookups);
    this.#left?.add(record.sequence, placed.index, record.arrival, mark);
  }

  #mark(placed: PlacedEvent, judged: CheckedEvent | Rejection, lookups: LookupCounts): Mark {
    if (placed.decoded.ok && placed.decoded.isCanary) {
      this.#canaries += 1;
      this.#canaryArrival = placed.record.arrival;
      return KEPT;
    }
    if (this.#ids !== undefined && isDuplicate(this.#ids, placed, judged)) {
      this.#duplicates += 1;
      return KEPT;
    }
    return isRejection(judged) ? this.#reject(placed, judged) : this.#add(placed, judged, lookups);
  }

  #add(placed: PlacedEvent, judged: CheckedEvent, lookups: LookupCounts): Mark {
    const mark = this.#left === undefined ? KEPT : this.#leaveOut(judged);
    if (mark !== HELD) {
      this.#place.sequence = placed.record.sequence;
      this.#place.index = placed.index;
      const outcome = this.#deltas.add(judged, this.#watermark, this.#place, mark === REDUCED);
      if (typeof outcome === 'object') return this.#reject(placed, outcome);
      this.#outcomes[outcome] += 1;
      if (mark === REDUCED) this.#reduced += 1;
    }
    const { arrival } = placed.record;
    const time = Math.min(judged.time, arrival) as EpochMs;
    this.#watermark = later(this.#watermark, (time - this.#pipeline.allowedLatenessMs) as EpochMs);
    if (time > this.#newestTime) {
      this.#newestTime = time;
      this.#newestArrival = arrival;
    }
    if (lookups !== NO_LOOKUPS) this.#lookups = addLookupCounts(this.#lookups, lookups);
    return mark;
  }

  /** What of an event waits, at this level; one that is held is noted. */
  #leaveOut(judged: CheckedEvent): Mark {
    if (this.holds(judged)) {
      this.#deltas.hold(judged.time, this.#watermark);
      this.#held += 1;
      return HELD;
    }
    return this.#isReducing && this.#deltas.canLeaveOut(judged.time, this.#watermark) ? REDUCED : KEPT;
  }

  /** A `priority` that throws stands for `normal`, whatever the level: whether an event is invalid depends on no load. */
  #isLow(event: CheckedEvent['event']): boolean {
    try {
      return this.#pipeline.priority?.(event as never) === 'low';
    } catch {
      return false;
    }
  }

  /** @param last whether the batch has no further events */
  chunk(last: boolean): Chunk {
    const { on_time: aggregated, late, expired } = this.#outcomes;
    const invalid = this.#letters.length;
    const received = this.#taken - this.#canaries;
    return {
      deltas: this.#deltas,
      letters: this.#letters,
      ledger: {
        ...EMPTY_LEDGER,
        ...{ received, aggregated, late, expired, invalid },
        duplicate: this.#duplicates,
        held: this.#held,
      },
      position: this.#counted === undefined ? this.#position : positionAfter(this.#counted),
      watermark: this.#watermark,
      newest: this.#newest(),
      canaryArrival: this.#canaryArrival,
      events: received,
      lookups: this.#lookups,
      left: this.#left,
      reduced: this.#reduced,
      arrivals:
        this.#counted === undefined || this.#firstArrival === undefined
          ? undefined
          : { first: this.#firstArrival, last: this.#counted.record.arrival },
      bytes: this.#bytes,
      last,
    };
  }

  #newest(): NewestEvent | null {
    if (this.#newestTime === Number.NEGATIVE_INFINITY) return null;
    return { time: this.#newestTime as EpochMs, arrival: this.#newestArrival as EpochMs };
  }

  #reject(placed: PlacedEvent, rejection: Rejection): Mark {
    const letter = eventLetter(this.#pipeline, this.#shard, placed, rejection);
    this.#letterBytes += letter.payload.length + LETTER_BYTES_BESIDE;
    this.#letters.push(letter);
    return KEPT;
  }
}

/**
 * Whether an event is a copy: of one that was seen, whatever became of that: also of one that was rejected, since a
 * definition that takes it meanwhile, and the rejected one that is given again, would both count. Or one that its
 * producer is known to send again: that is not seen by it, since the other one may come into a child of this shard.
 */
function isDuplicate(
  ids: ChunkIds,
  { record, decoded }: PlacedEvent,
  { id }: CheckedEvent | Rejection,
): boolean {
  ids.arrive(record.arrival);
  if (decoded.isCopy) return true;
  if (decoded.ok && decoded.whole !== undefined) return ids.isOfDuplicateRecord(decoded.whole);
  return id !== undefined && ids.isDuplicateEvent(id);
}
