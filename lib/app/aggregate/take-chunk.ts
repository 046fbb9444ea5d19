import { BatchDeltas } from '#core/batch/batch-deltas.ts';
import { checkEvent, isRejection } from '#core/batch/check-event.ts';
import type { EpochMs } from '#core/brand.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { EMPTY_LEDGER, type Ledger } from '#core/protocol/ledger.ts';
import { later } from '#core/protocol/next-head.ts';
import type { Position } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { Rejection } from '#core/rejection.ts';
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
  readonly watermark: EpochMs | null;
  readonly events: number;
  /** Whether the batch has no further events. */
  readonly last: boolean;
}

export interface ChunkBounds {
  readonly eventsMax: number;
  readonly cellsMax: number;
  readonly letterBytesMax: number;
  /** Asked every thousand events: whether it is time to commit what there is. */
  readonly isTimeUp: () => boolean;
}

const EVENTS_BETWEEN_LOOKS = 1000;

/** What a dead letter takes in memory and in the queue beside its payload: a record may hold thousands of tiny ones. */
const LETTER_BYTES_BESIDE = 512;

/** Aggregates events from `from` on, in order, until a bound is met; at least one event where there is one. */
export function takeChunk(
  pipeline: Pipeline,
  shard: ShardKey,
  from: Position,
  events: Iterable<PlacedEvent>,
  bounds: ChunkBounds,
): Chunk {
  const deltas = new BatchDeltas(pipeline);
  const letters: DeadLetter[] = [];
  let aggregated = 0;
  let letterBytes = 0;
  let counted: PlacedEvent | undefined;
  let watermark: EpochMs | null = null;
  let last = true;
  for (const placed of events) {
    const taken = aggregated + letters.length;
    const isFull =
      taken >= bounds.eventsMax ||
      deltas.cells >= bounds.cellsMax ||
      letterBytes >= bounds.letterBytesMax ||
      (taken % EVENTS_BETWEEN_LOOKS === EVENTS_BETWEEN_LOOKS - 1 && bounds.isTimeUp());
    if (isFull && taken > 0) {
      last = false;
      break;
    }
    const outcome = aggregateEvent(pipeline, deltas, placed);
    if (typeof outcome === 'number') {
      aggregated += 1;
      watermark = later(watermark, outcome);
    } else {
      const letter = eventLetter(pipeline, shard, placed, outcome);
      letterBytes += letter.payload.length + LETTER_BYTES_BESIDE;
      letters.push(letter);
    }
    counted = placed;
  }
  const position = counted === undefined ? from : positionAfter(counted);
  const invalid = letters.length;
  const ledger = { ...EMPTY_LEDGER, received: aggregated + invalid, aggregated, invalid };
  return { deltas, letters, ledger, position, watermark, events: aggregated + invalid, last };
}

/** The event's time less the allowed lateness, or why it was rejected. The lesser of event time and arrival counts. */
function aggregateEvent(
  pipeline: Pipeline,
  deltas: BatchDeltas,
  { record, decoded }: PlacedEvent,
): EpochMs | Rejection {
  if (!decoded.ok) return decoded.rejection;
  const checked = checkEvent(pipeline, decoded.value, record.arrival);
  if (isRejection(checked)) return checked;
  const rejection = deltas.add(checked);
  if (rejection !== undefined) return rejection;
  return (Math.min(checked.time, record.arrival) - pipeline.allowedLatenessMs) as EpochMs;
}
