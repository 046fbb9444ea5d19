import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { createTable } from '#local/create-resources.ts';
import { emulatorClients } from '#local/emulator-clients.ts';
import { type TableStore, tableContract } from './table.ts';

/** What `run-dynamodb.ts` tells: where DynamoDB Local listens, or a table of a real account. */
const { WEIR_CONFORMANCE_ENDPOINT: endpoint, WEIR_CONFORMANCE_TABLE: tableName = 'conformance' } =
  process.env;

async function open(): Promise<TableStore> {
  if (endpoint === undefined) return storeOf(new DynamoDBClient());
  const clients = emulatorClients({ kinesis: endpoint, dynamodb: endpoint, sqs: endpoint, s3: endpoint });
  await createTable(clients.dynamodb, tableName);
  return storeOf(clients.dynamodb);
}

function storeOf(client: DynamoDBClient): TableStore {
  return {
    tableOf: (pipeline) => new DynamoTable(client, tableName, pipeline),
    close: async () => client.destroy(),
  };
}

tableContract(
  endpoint === undefined ? `DynamoTable on the table ${tableName}` : 'DynamoTable on DynamoDB Local',
  open,
);
