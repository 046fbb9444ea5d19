import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTable } from '#local/create-resources.ts';
import type { EmulatorClients } from '#local/emulator-clients.ts';
import { type MeteredTableEmulator, startDynalite } from '#local/emulators/dynalite.ts';
import { clientsAt } from './clients.ts';

const TABLE = { TableName: 'table', ReturnConsumedCapacity: 'TOTAL' } as const;

let emulator: MeteredTableEmulator;
let clients: EmulatorClients;
let client: DynamoDBClient;

beforeEach(async () => {
  emulator = await startDynalite();
  clients = clientsAt(emulator.endpoint);
  client = clients.dynamodb;
  await createTable(client, 'table');
});

afterEach(async () => {
  clients.destroy();
  await emulator.stop();
});

/** Keys `pk` and `sk` with 4 and 3 bytes, `data`, and as many bytes of data: 2 + 4 + 2 + 3 + 4 + the data. */
function item(dataBytes: number, sortKey = 'sss') {
  return { pk: { S: 'pppp' }, sk: { S: sortKey }, data: { B: new Uint8Array(dataBytes).fill(255) } };
}
const KEYS_BYTES = 15;

test('"one write unit is a write of up to 1 KB", rounded up', async () => {
  await client.send(new PutItemCommand({ ...TABLE, Item: item(1024 - KEYS_BYTES, 'one') }));
  expect(emulator.meter.usage().writeUnits).toBe(1);
  await client.send(new PutItemCommand({ ...TABLE, Item: item(1025 - KEYS_BYTES, 'two') }));
  expect(emulator.meter.usage().writeUnits).toBe(1 + 2);
  await client.send(new PutItemCommand({ ...TABLE, Item: item(50_000, 'big') }));
  // 50,015 bytes are 48.84 KB.
  expect(emulator.meter.usage()).toMatchObject({
    writeUnits: 3 + 49,
    readUnits: 0,
    requests: { PutItem: 3 },
    unmeteredRequests: 0,
  });
});

test('an update is billed by the whole item, the larger of before and after', async () => {
  await client.send(new PutItemCommand({ ...TABLE, Item: item(5000) }));
  await client.send(
    new UpdateItemCommand({
      ...TABLE,
      Key: { pk: { S: 'pppp' }, sk: { S: 'sss' } },
      UpdateExpression: 'SET small = :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
  await client.send(new PutItemCommand({ ...TABLE, Item: item(10) }));
  expect(emulator.meter.usage().writeUnits).toBe(5 + 5 + 5);
});

test('"a strongly consistent read of up to 4 KB" is one read unit, an eventually consistent one half', async () => {
  await client.send(new PutItemCommand({ ...TABLE, Item: item(4097 - KEYS_BYTES) }));
  const Key = { pk: { S: 'pppp' }, sk: { S: 'sss' } };
  await client.send(new GetItemCommand({ ...TABLE, Key, ConsistentRead: true }));
  expect(emulator.meter.usage().readUnits).toBe(2);
  await client.send(new GetItemCommand({ ...TABLE, Key }));
  expect(emulator.meter.usage().readUnits).toBe(2 + 1);
  await client.send(
    new GetItemCommand({ ...TABLE, Key: { pk: { S: 'no' }, sk: { S: 'such' } }, ConsistentRead: true }),
  );
  expect(emulator.meter.usage().readUnits).toBe(3 + 1);
});

test('a query adds sizes up before it rounds', async () => {
  for (let index = 0; index < 10; index++) {
    await client.send(
      new PutItemCommand({ ...TABLE, Item: item(1000, `s${String(index).padStart(2, '0')}`) }),
    );
  }
  await client.send(
    new QueryCommand({
      ...TABLE,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'pppp' } },
    }),
  );
  // 10 × 1,015 bytes are 9.9 KB: three reads of 4 KB, not ten.
  expect(emulator.meter.usage()).toMatchObject({ readUnits: 3, requests: { PutItem: 10, Query: 1 } });
});

test('"if the condition is false, DynamoDB still consumes write capacity", by the size of the item', async () => {
  await client.send(new PutItemCommand({ ...TABLE, Item: item(3000) }));
  const refused = new PutItemCommand({
    ...TABLE,
    Item: item(3000),
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  await expect(client.send(refused)).rejects.toThrow(ConditionalCheckFailedException);
  expect(emulator.meter.usage()).toMatchObject({ writeUnits: 3 + 3, requests: { PutItem: 2 } });
});

test('batch operations are counted with all their items', async () => {
  await client.send(new PutItemCommand({ ...TABLE, Item: item(5000, 'aaa') }));
  await client.send(new PutItemCommand({ ...TABLE, Item: item(100, 'bbb') }));
  const Keys = ['aaa', 'bbb'].map((sk) => ({ pk: { S: 'pppp' }, sk: { S: sk } }));
  await client.send(
    new BatchGetItemCommand({
      RequestItems: { table: { Keys, ConsistentRead: true } },
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  expect(emulator.meter.usage().readUnits).toBe(2 + 1);
});

test('a request that does not ask for its capacity is told apart', async () => {
  await client.send(new PutItemCommand({ TableName: 'table', Item: item(3000) }));
  expect(emulator.meter.usage()).toMatchObject({
    writeUnits: 0,
    unmeteredRequests: 1,
    requests: { PutItem: 1 },
  });
});

test('text that looks like consumed capacity is not taken for it', async () => {
  const trap = {
    pk: { S: 'pppp' },
    sk: { S: 'sss' },
    text: { S: '"ConsumedCapacity":{"CapacityUnits":99}' },
  };
  await client.send(new PutItemCommand({ ...TABLE, Item: trap }));
  await client.send(new GetItemCommand({ TableName: 'table', Key: { pk: { S: 'pppp' }, sk: { S: 'sss' } } }));
  expect(emulator.meter.usage()).toMatchObject({ writeUnits: 1, readUnits: 0, unmeteredRequests: 1 });
});
