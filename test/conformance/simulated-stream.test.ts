import type { SequenceNumber } from '#core/brand.ts';
import { SimulatedStream } from '../simulation/simulated-stream.ts';
import { streamContract } from './stream.ts';

streamContract("the simulation's stream", async () => {
  // Its numbers get a digit longer on the way.
  const stream = new SimulatedStream(2, 10n ** 30n - 5n);
  return {
    put: async (hash, data) => {
      stream.put(hash, { data, events: [] }, 0);
    },
    split: async (shardId) => {
      stream.split(stream.shard(shardId));
    },
    merge: async (shardId, rightShardId) => {
      stream.merge(stream.shard(shardId), stream.shard(rightShardId));
    },
    listShards: async () => stream.listShards(),
    read: async (shardId, after, recordsMax) =>
      stream.read(stream.shard(shardId), after as SequenceNumber | undefined, recordsMax),
    close: async () => {},
  };
});
