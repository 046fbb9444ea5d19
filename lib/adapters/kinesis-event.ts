import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { EpochMs, ShardId } from '#core/brand.ts';
import { compareSequence, parseSequence } from '#core/protocol/position.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { HotShare } from '#core/skew/hot-share.ts';

/** What an invocation for a Kinesis stream carries: records of one shard of one stream. */
export interface KinesisBatch {
  readonly streamArn: string;
  readonly shard: ShardId;
  readonly records: readonly StreamRecord[];
  /** The share of the most frequent partition key, by a sample, from 0 to 1; `undefined` for a small batch. */
  readonly hotKeyShare: number | undefined;
}

/** Records of a batch whose partition keys are looked at, at most; evenly spread over it. */
const KEYS_SAMPLED = 1000;

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
  return { streamArn: first.eventSourceARN, shard, records, hotKeyShare: hotKeyShareOf(event) };
}

function hotKeyShareOf({ Records: records }: KinesisStreamEvent): number | undefined {
  const hot = new HotShare();
  const step = Math.max(1, Math.ceil(records.length / KEYS_SAMPLED));
  for (let at = 0; at < records.length; at += step) hot.add(records[at]?.kinesis.partitionKey ?? '');
  return hot.share;
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
    partitionKey: kinesis.partitionKey,
  };
}
