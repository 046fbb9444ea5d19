import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { toLosslessJson } from '#core/records/lossless-json.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import type { Rejection } from '#core/rejection.ts';
import type { DeadLetter } from '../ports/dead-letters.ts';
import type { PlacedEvent } from './record-cursor.ts';

/** The dead letter for one event of a record, as it came. */
export function eventLetter(
  pipeline: Pipeline,
  shard: ShardKey,
  placed: PlacedEvent,
  rejection: Rejection,
): DeadLetter {
  const { record, index, decoded } = placed;
  const payload = decoded.ok ? toLosslessJson(decoded.value) : decoded.payload;
  return { ...letter(pipeline, shard, record, rejection), event: index, payload };
}

/** The dead letter for a record whose events could not be told apart. */
export function recordLetter(
  pipeline: Pipeline,
  shard: ShardKey,
  record: StreamRecord,
  rejection: Rejection,
): DeadLetter {
  return { ...letter(pipeline, shard, record, rejection), event: null, payload: record.data };
}

function letter(pipeline: Pipeline, shard: ShardKey, record: StreamRecord, rejection: Rejection) {
  return { pipeline: pipeline.name, shard, sequence: record.sequence, arrival: record.arrival, rejection };
}
