import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  CreateTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsConfig } from '#adapters/aws-config.ts';
import { DynamoReferenceData } from '#adapters/dynamodb/reference-table.ts';
import type { ReferenceSource } from '#app/ports/reference-data.ts';
import { startServices, type TestServices } from '../../support/emulators.ts';

const AIRPORTS: ReferenceSource = {
  table: 'airports',
  tableKey: 'iata',
  // 'name', 'state' and 'size' are words of DynamoDB's.
  attributes: ['name', 'state', 'size', 'hub', 'closed', 'runways'],
};

let services: TestServices;
let client: DynamoDBClient;
beforeAll(async () => {
  services = await startServices();
  client = new DynamoDBClient(awsConfig());
  await createTable('airports', 'iata');
});
afterAll(async () => {
  client.destroy();
  await services.stop();
});

async function createTable(name: string, key: string, sortKey?: string): Promise<void> {
  const schema: KeySchemaElement[] = [{ AttributeName: key, KeyType: 'HASH' }];
  if (sortKey !== undefined) schema.push({ AttributeName: sortKey, KeyType: 'RANGE' });
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: schema,
      AttributeDefinitions: schema.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' })),
    }),
  );
}

const put = (TableName: string, Item: PutItemCommand['input']['Item']) =>
  client.send(new PutItemCommand({ TableName, Item }));

describe('entries', () => {
  test('come with the attributes that were asked for, those that are plain values', async () => {
    await put('airports', {
      iata: { S: 'OSL' },
      name: { S: 'Gardermoen' },
      state: { NULL: true },
      size: { N: '208.5' },
      hub: { BOOL: false },
      runways: { L: [{ S: '01L' }] },
      secret: { S: 'not asked for' },
    });
    const entries = await new DynamoReferenceData(client).get(AIRPORTS, ['OSL']);
    expect([...entries]).toEqual([
      ['OSL', { iata: 'OSL', name: 'Gardermoen', state: null, size: 208.5, hub: false, runways: undefined }],
    ]);
  });

  test('are those of a hundred keys a call; a key without one is not among them', async () => {
    const keys = Array.from({ length: 100 }, (_, i) => `A${i}`);
    for (const key of keys.slice(0, 60))
      await put('airports', { iata: { S: key }, name: { S: `of ${key}` } });
    const entries = await new DynamoReferenceData(client).get(AIRPORTS, keys);
    expect(new Map([...entries].map(([key, { name }]) => [key, name]))).toEqual(
      new Map(keys.slice(0, 60).map((key) => [key, `of ${key}`])),
    );
  });

  test('may have the key among their fields', async () => {
    await put('airports', { iata: { S: 'BGO' } });
    const source = { ...AIRPORTS, attributes: ['iata'] };
    expect([...(await new DynamoReferenceData(client).get(source, ['BGO']))]).toEqual([
      ['BGO', { iata: 'BGO' }],
    ]);
  });

  test('are of the table that a stage has in place of the one in the definition', async () => {
    await createTable('airports-test', 'iata');
    await put('airports-test', { iata: { S: 'OSL' }, name: { S: 'a test' } });
    const data = new DynamoReferenceData(client, { airports: 'airports-test' });
    expect((await data.get(AIRPORTS, ['OSL'])).get('OSL')).toMatchObject({ name: 'a test' });
  });

  test('that are too much for one answer come in several', async () => {
    await createTable('large', 'id');
    const keys = Array.from({ length: 10 }, (_, i) => `L${i}`);
    const text = 'x'.repeat(300 * 1024);
    for (const key of keys) await put('large', { id: { S: key }, text: { S: text } });
    const calls: unknown[] = [];
    const counting = withSend(async (command) => {
      calls.push(command);
      return client.send(command);
    });
    const entries = await new DynamoReferenceData(counting).get(
      { table: 'large', tableKey: 'id', attributes: ['text'] },
      keys,
    );
    expect([...entries.keys()].sort()).toEqual(keys.toSorted());
    for (const entry of entries.values()) expect(entry['text']).toBe(text);
    expect(calls.length).toBeGreaterThan(1);
  });
});

/** A client of which nothing but this is used. */
function withSend(
  send: (command: BatchGetItemCommand) => Promise<BatchGetItemCommandOutput>,
): DynamoDBClient {
  return { send } as unknown as DynamoDBClient;
}

describe('keys that DynamoDB leaves out', () => {
  test('are asked for again, those alone, with the same attributes', async () => {
    const asked: (string | undefined)[][] = [];
    const stingy = withSend(async (command) => {
      const request = command.input.RequestItems?.['airports'];
      const keys = request?.Keys ?? [];
      expect(request?.ProjectionExpression).toBe('#0, #1, #2, #3, #4, #5, #6');
      asked.push(keys.map((key) => key['iata']?.S));
      return {
        $metadata: {},
        Responses: { airports: keys.slice(0, 1).map((key) => ({ ...key, name: { S: 'x' } })) },
        ...(keys.length > 1 && { UnprocessedKeys: { airports: { Keys: keys.slice(1) } } }),
      };
    });
    const entries = await new DynamoReferenceData(stingy).get(AIRPORTS, ['A', 'B', 'C', 'D', 'E', 'F', 'G']);
    expect([...entries.keys()]).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G']);
    expect(asked.map((keys) => keys.join(''))).toEqual([
      'ABCDEFG',
      'BCDEFG',
      'CDEFG',
      'DEFG',
      'EFG',
      'FG',
      'G',
    ]);
  });

  test('all of them, five times in a row: the table is at its limit', async () => {
    let calls = 0;
    const throttled = withSend(async (command) => {
      calls += 1;
      return { $metadata: {}, Responses: {}, UnprocessedKeys: { ...command.input.RequestItems } };
    });
    await expect(new DynamoReferenceData(throttled).get(AIRPORTS, ['A'])).rejects.toMatchObject({
      name: 'DependencyError',
      dependency: 'reference_data',
      failure: 'throttled',
      message: expect.stringMatching(/airports: left keys out in 5 calls/),
    });
    expect(calls).toBe(5);
  });
});

describe('what the table will not do', () => {
  test.each<[string, string, string]>([
    ['there is no such table', 'no-such-table', 'ResourceNotFoundException'],
    ['its key has another name', 'other-key', 'ValidationException'],
    ['it has a sort key too', 'sorted', 'ValidationException'],
  ])('is an error of the reference data: %s', async (_, table, error) => {
    if (table === 'other-key') await createTable(table, 'code');
    if (table === 'sorted') await createTable(table, 'iata', 'valid_from');
    await expect(new DynamoReferenceData(client).get({ ...AIRPORTS, table }, ['OSL'])).rejects.toMatchObject({
      name: 'DependencyError',
      dependency: 'reference_data',
      failure: 'refused',
      message: expect.stringContaining(`BatchGetItem of ${table}: ${error}`),
    });
  });

  test('is an error, too, where nobody answers, and where the answer takes too long', async () => {
    let requests = 0;
    const silent = createServer(() => {
      requests += 1;
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const unavailable = { name: 'DependencyError', dependency: 'reference_data', failure: 'unavailable' };
    for (const endpoint of ['http://127.0.0.1:9', `http://127.0.0.1:${port}`]) {
      const nobody = new DynamoDBClient({ ...awsConfig(), endpoint });
      const data = new DynamoReferenceData(nobody, {}, 100);
      await expect(data.get(AIRPORTS, ['OSL'])).rejects.toMatchObject(unavailable);
      nobody.destroy();
    }
    // It is not tried again for as long as the client would.
    expect(requests).toBe(1);
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });
});
