import { createHash } from 'node:crypto';
import { ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis';
import { kinesisClient } from '#adapters/aws-clients.ts';
import { streamInput } from '#adapters/stream-identity.ts';
import { eventIdOf } from '#core/batch/event-id.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { hashKeyOfMd5, isWithin, parseHashKey } from '#core/records/hash-keys.ts';
import type { ProducerSettings } from '../../producer.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Has a producer put events of one id into one shard, where the pipeline can tell that they are one, under the keys that
 * any producer with `keyOf` has; in each shard in the order of the puts. Nothing for a pipeline without `eventId`.
 */
export async function keepIdsTogether(
  pipeline: Pipeline,
  stream: string,
): Promise<Pick<ProducerSettings, 'keyOf' | 'shardOf'>> {
  if (pipeline.duplicates?.eventId === undefined) return {};
  const shards = (await openShards(stream)).map(({ HashKeyRange: range, ShardId: id = '' }) => ({
    id,
    first: parseHashKey(range?.StartingHashKey ?? '') ?? 0n,
    last: parseHashKey(range?.EndingHashKey ?? '') ?? 0n,
  }));
  return {
    keyOf: (event) => eventIdOf(pipeline, event),
    shardOf: (partitionKey) => {
      const key = hashKeyOfMd5(createHash('md5').update(partitionKey).digest());
      return shards.find((shard) => isWithin(shard, key))?.id ?? '';
    },
  };
}

async function openShards(stream: string): Promise<Shard[]> {
  const client = kinesisClient();
  const open: Shard[] = [];
  try {
    let token: string | undefined;
    do {
      const input = token === undefined ? streamInput(stream) : { NextToken: token };
      const page = await client.send(new ListShardsCommand(input));
      for (const shard of page.Shards ?? []) {
        if (shard.SequenceNumberRange?.EndingSequenceNumber === undefined) open.push(shard);
      }
      token = page.NextToken;
    } while (token !== undefined);
    return open;
  } catch (error) {
    throw new UsageError(
      `The shards of ${stream} can't be listed, so that events of one id could go to one shard: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    client.destroy();
  }
}
