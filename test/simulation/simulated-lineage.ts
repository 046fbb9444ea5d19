import type { ShardLineage } from '#app/ports/shard-lineage.ts';
import type { MakeCall } from './service-calls.ts';
import { STREAM } from './simulated-function.ts';
import type { SimulatedStream } from './simulated-stream.ts';
import type { Caller } from './world.ts';

/** What a caller is told of a shard's parents. */
export function simulatedLineage(calls: MakeCall, caller: Caller, stream: SimulatedStream): ShardLineage {
  return {
    parentsOf: ({ shard }) =>
      calls.make(caller, {
        service: 'stream',
        what: `asks what ${shard} was made of`,
        isWrite: false,
        effect: () => stream.shard(shard).parents.map(({ id }) => ({ stream: STREAM, shard: id })),
      }),
  };
}
