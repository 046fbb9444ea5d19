import './kinesalite-changes.ts';
import kinesalite from 'kinesalite';
import type { Emulator } from './emulator.ts';
import { startGuarded } from './guarded-server.ts';

/**
 * Kinesis by kinesalite, in this process. Fast and old: no UpdateShardCount, MillisBehindLatest always 0, requests
 * of at most 7 MB.
 *
 * @param options.dataFolder keeps the stream over restarts, also over a killed process
 */
export function startKinesalite(
  options: { readonly dataFolder?: string | undefined } = {},
): Promise<Emulator> {
  return startGuarded(
    kinesalite({
      createStreamMs: 0,
      deleteStreamMs: 0,
      updateStreamMs: 0,
      shardLimit: 500,
      ...(options.dataFolder !== undefined && { path: options.dataFolder }),
    }),
  );
}
