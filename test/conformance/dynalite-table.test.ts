import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { createTable } from '#local/create-resources.ts';
import { emulatorClients } from '#local/emulator-clients.ts';
import { startDynalite } from '#local/emulators/dynalite.ts';
import { tableContract } from './table.ts';

tableContract('DynamoTable on dynalite', async () => {
  const emulator = await startDynalite();
  const { endpoint } = emulator;
  const { dynamodb, destroy } = emulatorClients({
    kinesis: endpoint,
    dynamodb: endpoint,
    sqs: endpoint,
    s3: endpoint,
  });
  await createTable(dynamodb, 'conformance');
  return {
    tableOf: (pipeline) => new DynamoTable(dynamodb, 'conformance', pipeline),
    close: async () => {
      destroy();
      await emulator.stop();
    },
  };
});
