import type { StreamState } from '#app/ports/stream-state.ts';
import type { Random } from './random.ts';
import type { MakeCall } from './service-calls.ts';
import { STREAM } from './simulated-function.ts';
import type { SimulatedStream } from './simulated-stream.ts';
import type { Caller, World } from './world.ts';

/** What a caller is told of the stream. `onDrained` hears of each shard in which there was nothing more. */
export function simulatedStreamState(
  world: World,
  calls: MakeCall,
  caller: Caller,
  stream: SimulatedStream,
  random: Random,
  onDrained: (shard: string) => void,
): StreamState {
  const make = <Result>(what: string, effect: () => Result) =>
    calls.make(caller, { service: 'stream', what, isWrite: false, effect });
  return {
    listShards: () =>
      make('lists the shards', () =>
        stream.shards.map(({ id, isClosed }) => ({ key: { stream: STREAM, shard: id }, closed: isClosed })),
      ),
    isDrained: ({ shard: id }, { sequence, events }) =>
      make(`asks whether ${id} is drained beyond ${events ?? 'all'} of ${sequence}`, () => {
        // As a read does that stops short of the tip.
        if (world.dice.strikes('short_read', random)) return false;
        const shard = stream.shard(id);
        const { records, isTip } = stream.read(shard, sequence === '' ? undefined : sequence, 1);
        const isDrained = events === null && records.length === 0 && isTip;
        if (isDrained) onDrained(id);
        return isDrained;
      }),
  };
}
