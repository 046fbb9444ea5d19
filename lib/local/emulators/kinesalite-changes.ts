/**
 * To be imported before kinesalite, which never answers a GetShardIterator AT_TIMESTAMP where nothing has come since. Here,
 * it gives what Kinesis gives: an iterator at the end of the shard.
 */
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';

interface GetShardIterator {
  readonly StreamName: string;
  readonly ShardId: string;
  readonly ShardIteratorType: string;
  /** Epoch seconds. */
  readonly Timestamp?: number;
}

interface Store {
  getStreamDb(stream: string): { createReadStream(range: { gt: string; lt: string }): Readable };
}

interface Shards {
  readonly resolveShardId: (shard: string) => { readonly shardIx: number };
  readonly shardIxToHex: (shardIx: number) => string;
}

type Action = (store: Store, data: GetShardIterator, callback: (...answer: unknown[]) => void) => void;

const require = createRequire(import.meta.url);
const file = require.resolve('kinesalite/actions/getShardIterator.js');
const original = require(file) as Action;
const { resolveShardId, shardIxToHex } = require('kinesalite/db') as Shards;

const changed: Action = (store, data, callback) => {
  const { Timestamp: since, ShardIteratorType: type } = data;
  // A time in the future is refused.
  if (type !== 'AT_TIMESTAMP' || since === undefined || since * 1000 > Date.now()) {
    original(store, data, callback);
    return;
  }
  const { shardIx } = resolveShardId(data.ShardId);
  const range = { gt: shardIxToHex(shardIx), lt: shardIxToHex(shardIx + 1) };
  const records = store.getStreamDb(data.StreamName).createReadStream(range);
  let isFound = false;
  records.on('data', ({ value }: { readonly value: { readonly ApproximateArrivalTimestamp: number } }) => {
    if (value.ApproximateArrivalTimestamp >= since) isFound = true;
  });
  records.once('error', callback);
  records.once('end', () => {
    if (isFound) original(store, data, callback);
    else
      original(
        store,
        { StreamName: data.StreamName, ShardId: data.ShardId, ShardIteratorType: 'LATEST' },
        callback,
      );
  });
};

const loaded = require.cache[file];
if (loaded === undefined) throw new Error(`${file} is not what kinesalite loads`);
loaded.exports = changed;
