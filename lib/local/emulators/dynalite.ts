import dynalite from 'dynalite';
import { CapacityMeter } from './capacity-meter.ts';
import type { Emulator } from './emulator.ts';
import { startGuarded } from './guarded-server.ts';

/** DynamoDB on this machine, and what its requests would cost. */
export interface MeteredTableEmulator extends Emulator {
  readonly meter: CapacityMeter;
}

/**
 * DynamoDB by dynalite, in this process: no transactions, streams or TTL.
 *
 * @param options.dataFolder keeps the tables over restarts, also over a killed process
 */
export async function startDynalite(
  options: { readonly dataFolder?: string | undefined } = {},
): Promise<MeteredTableEmulator> {
  const meter = new CapacityMeter();
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(options.dataFolder !== undefined && { path: options.dataFolder }),
  });
  const emulator = await startGuarded(server, (request, response) => meter.observe(request, response));
  return { ...emulator, meter };
}
