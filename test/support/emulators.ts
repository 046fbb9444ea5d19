import { vi } from 'vitest';
import { type EmulatorClients, type EmulatorEndpoints, emulatorClients } from '#local/emulator-clients.ts';
import type { CapacityMeter } from '#local/emulators/capacity-meter.ts';
import { LOCAL_REGION } from '#local/resource-names.ts';
import { startEmulators } from '#local/start-emulators.ts';

export interface TestServices {
  readonly endpoints: EmulatorEndpoints;
  readonly clients: EmulatorClients;
  /** What was asked of the table. */
  readonly meter: CapacityMeter;
  stop(): Promise<void>;
}

/**
 * All emulators in this process, and an environment in which the clients of the functions find them. For a file's
 * `beforeAll`; `stop` for its `afterAll`.
 */
export async function startServices(): Promise<TestServices> {
  const emulators = await startEmulators({
    streamEngine: 'kinesalite',
    dataFolder: undefined,
    workFolder: import.meta.dirname,
  });
  const { endpoints } = emulators;
  vi.stubEnv('AWS_REGION', LOCAL_REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_ENDPOINT_URL_KINESIS', endpoints.kinesis);
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoints.dynamodb);
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', endpoints.sqs);
  vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoints.s3);
  const clients = emulatorClients(endpoints);
  const stop = async () => {
    clients.destroy();
    vi.unstubAllEnvs();
    await emulators.stop();
  };
  return { endpoints, clients, meter: emulators.meter, stop };
}
