import type { RecordTools } from './decoded-event.ts';
import { hashKeyOfMd5, isWithin, parseHashKey, type ShardHashKeys } from './hash-keys.ts';
import { type KplMessage, startsLikeKpl } from './kpl-message.ts';
import type { StreamRecord } from './stream-record.ts';

/** The partition key of each record that the KPL aggregated. It says nothing: an explicit hash key decides. */
const KPL_PARTITION_KEY = 'a';
const NONE: ReadonlySet<number> = new Set();

/** Whether a record has the marks of one that the KPL itself aggregated, and no library that only writes its format. */
export function isByKpl({ partitionKey, data }: StreamRecord): boolean {
  return partitionKey === KPL_PARTITION_KEY && startsLikeKpl(data);
}

/**
 * Which records of an aggregated one, by their index, the KPL sends again to another shard.
 *
 * The KPL puts into one record what is for one shard, as it knows the shards, and sends it by the hash key of the
 * first. Where that shard has been split meanwhile, the record lands in the child that the first belongs to. The KPL
 * sees from the answer in which shard it landed, and sends again what does not belong there; what does, it may send
 * again as well, but into the same shard.
 *
 * None where this can't be what happened: the first is not of this shard, or the others are not all of one that this
 * shard was made of. Then somebody else wrote the record, and nobody sends any of it again.
 *
 * Source: retrier.cc and kinesis_record.cc of github.com/awslabs/amazon-kinesis-producer.
 */
export function copiesIn(
  message: KplMessage,
  { own, ancestors }: ShardHashKeys,
  tools: RecordTools,
): ReadonlySet<number> {
  const keys = hashKeysOf(message, tools);
  const [first] = keys ?? [];
  if (keys === undefined || first === undefined || !isWithin(own, first)) return NONE;
  const outside = [...keys.keys()].filter((index) => !isWithin(own, keys[index] ?? first));
  if (outside.length === 0) return NONE;
  const isOfOne = ancestors.some((range) => keys.every((key) => isWithin(range, key)));
  return isOfOne ? new Set(outside) : NONE;
}

/** The hash key of each record; `undefined` where one of them has none. */
function hashKeysOf(
  { records, partitionKeys, hashKeys }: KplMessage,
  tools: RecordTools,
): bigint[] | undefined {
  const explicit = hashKeys.map((bytes) => parseHashKey(tools.text(bytes) ?? ''));
  const hashed = partitionKeys.map((bytes) => hashKeyOfMd5(tools.md5(bytes)));
  const keys: bigint[] = [];
  for (const { partitionKey, hashKey } of records) {
    const key = hashKey === undefined ? hashed[partitionKey ?? -1] : explicit[hashKey];
    if (key === undefined) return undefined;
    keys.push(key);
  }
  return keys;
}
