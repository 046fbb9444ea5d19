import { join } from 'node:path';
import type { EmulatorEndpoints } from './emulator-clients.ts';
import type { CapacityMeter } from './emulators/capacity-meter.ts';
import { startDynalite } from './emulators/dynalite.ts';
import type { Emulator } from './emulators/emulator.ts';
import { startFauxqs } from './emulators/fauxqs.ts';
import { startKinesalite } from './emulators/kinesalite.ts';
import { startKinesisLocal } from './emulators/kinesis-local.ts';
import { LOCAL_REGION } from './resource-names.ts';

/** `kinesalite`: fast, in this process. `kinesis-local`: faithful, slower, in a process of its own. */
export type StreamEngine = 'kinesalite' | 'kinesis-local';

export interface StartedEmulators {
  readonly endpoints: EmulatorEndpoints;
  readonly meter: CapacityMeter;
  stop(): Promise<void>;
}

/** Starts all services that a pipeline needs. What was started is stopped again if one of them fails to start. */
export async function startEmulators(options: {
  readonly streamEngine: StreamEngine;
  readonly dataFolder: string | undefined;
  readonly workFolder: string;
}): Promise<StartedEmulators> {
  const { dataFolder, streamEngine, workFolder } = options;
  const inData = (name: string) => (dataFolder === undefined ? undefined : join(dataFolder, name));
  if (streamEngine === 'kinesis-local' && dataFolder !== undefined) {
    throw new Error(
      'kinesis-local writes its stream to a file every few seconds only, so a killed run would lose records: ' +
        'use the stream engine kinesalite with a data folder, or none',
    );
  }
  const starting = [
    streamEngine === 'kinesalite'
      ? startKinesalite({ dataFolder: inData('stream') })
      : startKinesisLocal({ workFolder }),
    startDynalite({ dataFolder: inData('table') }),
    startFauxqs({ region: LOCAL_REGION, journalFile: inData('queues.jsonl') }),
  ] as const;
  const stop = async () => {
    for (const one of await Promise.allSettled<Emulator>(starting)) {
      if (one.status === 'fulfilled') await one.value.stop();
    }
  };
  try {
    const [stream, table, queues] = await Promise.all(starting);
    const endpoints = {
      kinesis: stream.endpoint,
      dynamodb: table.endpoint,
      sqs: queues.endpoint,
      s3: queues.endpoint,
    };
    return { endpoints, meter: table.meter, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
