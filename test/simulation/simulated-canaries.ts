import type { Canaries } from '#app/ports/canaries.ts';
import { canary } from './expected-event.ts';
import type { MakeCall } from './service-calls.ts';
import type { SimulatedMapping } from './simulated-mapping.ts';
import type { SimulatedStream } from './simulated-stream.ts';
import type { Caller, World } from './world.ts';

/** What a canary is made of, written down a second time. */
const CANARY = Uint8Array.of(0xc7, 0x57, 0x43, 1);

/** Canaries as a caller puts them: each by the first hash of its shard, so that an heir gets it if the shard is gone. */
export function simulatedCanaries(
  world: World,
  calls: MakeCall,
  caller: Caller,
  stream: SimulatedStream,
  mapping: SimulatedMapping,
): Canaries {
  return {
    put: (shards) =>
      calls.make(caller, {
        service: 'stream',
        what: `puts ${shards.length} canaries`,
        isWrite: true,
        effect: () => {
          for (const { key } of shards) {
            const { from } = stream.shard(key.shard);
            const { shard, record } = stream.put(from, canary(CANARY), world.clock.nowMs);
            world.trace(`canary ${record.sequence} is put into ${shard.id}`);
            mapping.wake(shard);
          }
        },
      }),
  };
}
