import { type EmulatorClients, emulatorClients } from '#local/emulator-clients.ts';

/** Clients of which one is to be used: whatever it is, it speaks to this endpoint. */
export function clientsAt(endpoint: string): EmulatorClients {
  return emulatorClients({ kinesis: endpoint, dynamodb: endpoint, sqs: endpoint, s3: endpoint });
}
