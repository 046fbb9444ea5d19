import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { EpochMs, ShardId } from '#core/brand.ts';
import { compareSequence, parseSequence } from '#core/protocol/position.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';

/** What an invocation for a Kinesis stream carries: records of one shard of one stream. */
export interface KinesisBatch {
  readonly streamArn: string;
  readonly shard: ShardId;
  readonly records: readonly StreamRecord[];
}

/**
 * Reads an invocation's event. Throws where it is none of a Kinesis stream, mixes shards or has them out of order:
 * records that come after a later one would be taken for counted, and be lost.
 */
export function fromKinesisEvent(event: KinesisStreamEvent): KinesisBatch {
  const [first] = event.Records ?? [];
  if (first?.kinesis === undefined) {
    throw new TypeError('the invocation has no records of a Kinesis stream; map the function to one');
  }
  const shard = shardOf(first);
  const records: StreamRecord[] = [];
  for (const each of event.Records) {
    const record = fromRecord(each);
    const before = records.at(-1);
    if (shardOf(each) !== shard) throw new TypeError('the invocation has records of several shards');
    if (before !== undefined && compareSequence(before.sequence, record.sequence) >= 0) {
      throw new TypeError('the invocation has records that are not in the order of their sequence numbers');
    }
    records.push(record);
  }
  return { streamArn: first.eventSourceARN, shard, records };
}

/** `eventID` is `shardId:sequenceNumber`. */
function shardOf({ eventID }: KinesisStreamRecord): ShardId {
  return eventID.slice(0, eventID.indexOf(':')) as ShardId;
}

function fromRecord({ kinesis }: KinesisStreamRecord): StreamRecord {
  return {
    sequence: parseSequence(kinesis.sequenceNumber),
    arrival: Math.round(kinesis.approximateArrivalTimestamp * 1000) as EpochMs,
    data: Buffer.from(kinesis.data, 'base64'),
  };
}
