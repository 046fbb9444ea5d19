import {
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  type _Record as SdkRecord,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { type EventSource, toStreamRecord } from './lambda-event.ts';
import type { ShardReader, StreamReader, StreamRecord } from './ports.ts';
import { readLimit } from './read-limit.ts';
import type { ListedShard } from './shard-lineage.ts';

/** Reads a Kinesis stream with GetRecords ("standard iterator"). */
export function kinesisStreamReader(
  client: KinesisClient,
  streamName: string,
  source: EventSource,
): StreamReader {
  return {
    listShards: async () => {
      const shards: ListedShard[] = [];
      let nextToken: string | undefined;
      do {
        const command = nextToken === undefined ? { StreamName: streamName } : { NextToken: nextToken };
        const page = await client.send(new ListShardsCommand(command));
        for (const shard of page.Shards ?? []) shards.push(fromShard(shard));
        nextToken = page.NextToken;
      } while (nextToken !== undefined);
      return shards;
    },
    shard: (shardId) => kinesisShardReader(client, streamName, shardId, source),
  };
}

function kinesisShardReader(
  client: KinesisClient,
  streamName: string,
  shardId: string,
  source: EventSource,
): ShardReader {
  /** The place behind `after`, as Kinesis gave it with the last read. */
  let place: { readonly after: string | undefined; readonly iterator: string } | undefined;
  let lastRead: { readonly records: number; readonly bytes: number } | undefined;

  const iteratorBehind = async (after: string | undefined): Promise<string> => {
    if (place !== undefined && place.after === after) return place.iterator;
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamName: streamName,
        ShardId: shardId,
        ...(after === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: after }),
      }),
    );
    if (ShardIterator === undefined) throw new Error(`GetShardIterator gave no iterator for ${shardId}`);
    return ShardIterator;
  };

  return {
    read: async (after, recordsMax, closed) => {
      const limit = Math.min(recordsMax, readLimit(lastRead));
      let page: Awaited<ReturnType<typeof getRecords>>;
      try {
        page = await getRecords(client, await iteratorBehind(after), limit);
      } catch (error) {
        if (!(error instanceof ExpiredIteratorException)) throw error;
        place = undefined;
        page = await getRecords(client, await iteratorBehind(after), limit);
      }
      const records = (page.Records ?? []).map((record) => fromRecord(record, shardId, source));
      if (records.length > 0) {
        lastRead = {
          records: records.length,
          bytes: (page.Records ?? []).reduce((sum, record) => sum + (record.Data?.byteLength ?? 0), 0),
        };
      }
      const last = records.at(-1)?.sequenceNumber ?? after;
      const iterator = page.NextShardIterator;
      // kinesalite's iterator behind an empty read can pass over the very first record of a shard, when that is being
      // put meanwhile: as long as there was none, each read starts at the beginning.
      const trusted = last !== undefined || closed;
      place = iterator !== undefined && trusted ? { after: last, iterator } : undefined;
      return {
        records,
        millisBehindLatest: page.MillisBehindLatest ?? 0,
        endOfShard: iterator === undefined,
      };
    },
  };
}

function getRecords(client: KinesisClient, iterator: string, limit: number) {
  return client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }));
}

function fromShard(shard: Shard): ListedShard {
  const { AdjacentParentShardId, ParentShardId, SequenceNumberRange, ShardId } = shard;
  if (ShardId === undefined) throw new Error('ListShards told a shard without an id');
  return {
    shardId: ShardId,
    parentShardIds: [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined),
    closed: SequenceNumberRange?.EndingSequenceNumber !== undefined,
  };
}

function fromRecord(record: SdkRecord, shardId: string, source: EventSource): StreamRecord {
  const { ApproximateArrivalTimestamp, Data, PartitionKey, SequenceNumber } = record;
  if (Data === undefined || PartitionKey === undefined || SequenceNumber === undefined) {
    throw new Error(`GetRecords told a record of ${shardId} without data, partition key or sequence number`);
  }
  const arrivalMs = ApproximateArrivalTimestamp?.getTime() ?? 0;
  return toStreamRecord(
    { partitionKey: PartitionKey, sequenceNumber: SequenceNumber, data: Data, arrivalMs },
    shardId,
    source,
  );
}
