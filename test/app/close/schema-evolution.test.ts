import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { createTable } from '#local/create-resources.ts';
import { emulatorClients } from '#local/emulator-clients.ts';
import { startDynalite } from '#local/emulators/dynalite.ts';
import { MemoryTable, toPort } from '../../simulation/memory-table.ts';
import { evolutionContract } from './evolution-contract.ts';

evolutionContract('a table in memory', async () => ({
  newTable: () => toPort(new MemoryTable(true)),
  close: async () => {},
}));

evolutionContract('dynalite', async () => {
  const emulator = await startDynalite();
  const { endpoint: kinesis } = emulator;
  const { dynamodb, destroy } = emulatorClients({ kinesis, dynamodb: kinesis, sqs: kinesis, s3: kinesis });
  await createTable(dynamodb, 'evolution');
  let tables = 0;
  return {
    newTable: () => new DynamoTable(dynamodb, 'evolution', `sales-${++tables}`),
    close: async () => {
      destroy();
      await emulator.stop();
    },
  };
});
