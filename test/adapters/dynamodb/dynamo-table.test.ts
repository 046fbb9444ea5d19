import { DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsConfig } from '#adapters/aws-config.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import type { Table } from '#app/ports/table.ts';
import { blockKey, finalKey, headKey, type ItemKey, registryKey } from '#contracts/table-keys.ts';
import type { ShardId, StreamId, WindowStart } from '#core/brand.ts';
import type { Block } from '#core/protocol/block.ts';
import { EMPTY_HEAD } from '#core/protocol/head.ts';
import { EMPTY_REGISTRY } from '#core/protocol/registry.ts';
import { createTable } from '#local/create-resources.ts';
import { startServices, type TestServices } from '../../support/emulators.ts';

const SHARD = { stream: 'flights@1' as StreamId, shard: 'shardId-000000000000' as ShardId };
const HOUR = 3_600_000;

let services: TestServices;
let client: DynamoDBClient;
beforeAll(async () => {
  services = await startServices();
  await createTable(services.clients.dynamodb, 'weir');
  client = new DynamoDBClient(awsConfig());
});
afterAll(async () => {
  client.destroy();
  await services.stop();
});

const tableOf = (pipeline: string): Table => new DynamoTable(client, 'weir', pipeline);

function block(aggregate: string, hour: number, bytes = 1): Block {
  const key = { aggregate, generation: 'g', windowStart: (hour * HOUR) as WindowStart };
  return { key, n: 1, bytes: new Uint8Array(bytes).fill(hour & 0xff) };
}

async function hours(table: Table, name: string, from?: number, to?: number): Promise<number[]> {
  const range = {
    ...(from !== undefined && { from: (from * HOUR) as WindowStart }),
    ...(to !== undefined && { to: (to * HOUR) as WindowStart }),
  };
  const found: number[] = [];
  for await (const { key } of table.readBlocks(SHARD, { name, generation: 'g' }, range))
    found.push(key.windowStart / HOUR);
  return found;
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('blocks', () => {
  test('of more than a page of 1 MB are all read, in order, whole', async () => {
    const table = tableOf('pages');
    // Twelve of 300 KB, three a page.
    for (let hour = 12; hour > 0; hour--)
      await table.writeBlock(SHARD, block('large', hour, 300 * 1024), undefined, null);
    const found: Block[] = [];
    for await (const each of table.readBlocks(SHARD, { name: 'large', generation: 'g' }, {}))
      found.push(each);
    expect(found.map(({ key, n, bytes }) => [key.windowStart / HOUR, n, bytes.length, bytes[0]])).toEqual(
      Array.from({ length: 12 }, (_, i) => [i + 1, 1, 300 * 1024, i + 1]),
    );
    expect(await hours(table, 'large', 3, 11)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('are of their aggregate, generation, shard and pipeline alone', async () => {
    const table = tableOf('one');
    await table.writeBlock(SHARD, block('mine', 1), undefined, null);
    const mine = { name: 'mine', generation: 'g' };
    const others = [
      tableOf('two').readBlocks(SHARD, mine, {}),
      table.readBlocks({ ...SHARD, shard: 'shardId-000000000001' as ShardId }, mine, {}),
      table.readBlocks({ ...SHARD, stream: 'flights@2' as StreamId }, mine, {}),
      table.readBlocks(SHARD, { ...mine, name: 'mi' }, {}),
      table.readBlocks(SHARD, { ...mine, generation: 'h' }, {}),
    ];
    for (const other of others) for await (const each of other) expect(each).toBeUndefined();
    expect(await hours(table, 'mine')).toEqual([1]);
  });

  test('of the years 1 to 9999 are in order, and in every range that they are in', async () => {
    const table = tableOf('years');
    const first = Date.parse('0001-01-01T00:00:00Z') / HOUR;
    const last = Date.parse('9999-12-31T23:00:00Z') / HOUR;
    for (const hour of [0, last, first, -1])
      await table.writeBlock(SHARD, block('years', hour), undefined, null);
    expect(await hours(table, 'years')).toEqual([first, -1, 0, last]);
    expect(await hours(table, 'years', first, last)).toEqual([first, -1, 0]);
    expect(await hours(table, 'years', last)).toEqual([last]);
  });

  test('of a range the wrong way round, or of nothing, are none', async () => {
    const table = tableOf('range');
    await table.writeBlock(SHARD, block('a', 1), undefined, null);
    expect(await hours(table, 'a', 2, 1)).toEqual([]);
    expect(await hours(table, 'a', 1, 1)).toEqual([]);
    expect(await hours(table, 'b')).toEqual([]);
  });
});

describe('what is not kept for good', () => {
  const NOW_MS = 1_767_225_600_001;
  const expiring = (pipeline: string) => new DynamoTable(client, 'weir', pipeline, () => NOW_MS);

  async function expires({ pk, sk }: ItemKey): Promise<unknown> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: 'weir', Key: { pk: { S: pk }, sk: { S: sk } } }),
    );
    if (Item === undefined) throw new Error(`no item ${pk} ${sk}`);
    return Item['expires'];
  }

  test('says in epoch seconds when it may go: a block, a late block and a final, each from its last write on', async () => {
    const table = expiring('ttl');
    const each = block('a', 1);
    const late = { ...each, key: { ...each.key, late: true as const } };
    const final = { key: { ...each.key, levelMs: HOUR }, bytes: each.bytes };
    await table.writeBlock(SHARD, each, undefined, 86_400_000);
    await table.writeBlock(SHARD, late, undefined, 1);
    await table.writeFinal(final, 2 * HOUR);
    // Not before the time: 1 ms over a second is the next one.
    expect(await expires(blockKey('ttl', SHARD, each.key))).toEqual({ N: '1767312001' });
    expect(await expires(blockKey('ttl', SHARD, late.key))).toEqual({ N: '1767225601' });
    expect(await expires(finalKey('ttl', final.key))).toEqual({ N: '1767232801' });
    await new DynamoTable(client, 'weir', 'ttl', () => NOW_MS + HOUR).writeBlock(
      SHARD,
      { ...each, n: 2 },
      1,
      1000,
    );
    expect(await expires(blockKey('ttl', SHARD, each.key))).toEqual({ N: '1767229202' });
  });

  test('and what is, and heads and the registry, have no such attribute', async () => {
    const table = expiring('kept');
    const each = block('a', 1);
    const final = { key: { ...each.key, levelMs: HOUR }, bytes: each.bytes };
    await table.writeBlock(SHARD, each, undefined, 1000);
    await table.writeBlock(SHARD, { ...each, n: 2 }, 1, null);
    await table.writeFinal(final, null);
    await table.writeHead(SHARD, { ...EMPTY_HEAD, rev: 1 });
    await table.writeRegistry({ ...EMPTY_REGISTRY, version: 1 });
    const keys = [
      blockKey('kept', SHARD, each.key),
      finalKey('kept', final.key),
      headKey('kept', SHARD),
      registryKey('kept'),
    ];
    for (const key of keys) expect(await expires(key)).toBeUndefined();
  });
});

describe('what the table will not do', () => {
  test('is an error of the table, with the operation and DynamoDB’s own name for it', async () => {
    const missing = new DynamoTable(client, 'no-such-table', 'p');
    const refused = {
      name: 'DependencyError',
      dependency: 'table',
      failure: 'refused',
    };
    const notFound = (operation: string) => ({
      ...refused,
      message: expect.stringMatching(new RegExp(`^table refused: ${operation}: ResourceNotFoundException`)),
    });
    await expect(missing.readHead(SHARD)).rejects.toMatchObject(notFound('GetItem'));
    await expect(missing.writeHead(SHARD, { ...EMPTY_HEAD, rev: 1 })).rejects.toMatchObject(
      notFound('PutItem'),
    );
    await expect(hours(missing, 'a')).rejects.toMatchObject(notFound('Query'));
    const huge = block('a', 5, 401 * 1024);
    await expect(tableOf('p').writeBlock(SHARD, huge, undefined, null)).rejects.toMatchObject(refused);
  });

  test('is an error of the table, too, where nobody answers', async () => {
    const nobody = new DynamoDBClient({ ...awsConfig(), endpoint: 'http://127.0.0.1:9', maxAttempts: 1 });
    await expect(new DynamoTable(nobody, 'weir', 'p').readRegistry()).rejects.toMatchObject({
      name: 'DependencyError',
      dependency: 'table',
      failure: 'unavailable',
    });
    nobody.destroy();
  });
});

describe('an item that can’t be read', () => {
  const put = (key: { pk: string; sk: string }, item: object) =>
    client.send(
      new PutItemCommand({ TableName: 'weir', Item: { pk: { S: key.pk }, sk: { S: key.sk }, ...item } }),
    );

  test('is refused, with the place and what is wrong: newer code wrote it, or it is damaged', async () => {
    const table = tableOf('damaged');
    const { key } = block('a', 1);
    await put(headKey('damaged', SHARD), { v: { N: '99' }, rev: { N: '5' } });
    await put(registryKey('damaged'), { version: { S: 'x' } });
    await put(blockKey('damaged', SHARD, key), { n: { N: '1' } });
    await put(blockKey('damaged', SHARD, { ...key, late: true }), { n: { S: 'x' } });
    await put(finalKey('damaged', { ...key, levelMs: HOUR }), { groups: { S: 'x' } });
    const refused = (message: RegExp) => ({
      name: 'DependencyError',
      failure: 'refused',
      message: expect.stringMatching(message),
    });
    await expect(table.readHead(SHARD)).rejects.toMatchObject(
      refused(/the stored head can't be read: it is of version 99/),
    );
    await expect(table.readRegistry()).rejects.toMatchObject(
      refused(/the stored registry can't be read: .*'version'/),
    );
    await expect(table.readBlock(SHARD, key)).rejects.toMatchObject(
      refused(/the stored block can't be read: .*'groups'/),
    );
    await expect(hours(table, 'a')).rejects.toMatchObject(refused(/the stored block can't be read/));
    const late = all(table.readLateBlocks({ name: 'a', generation: 'g' }, {}));
    await expect(late).rejects.toMatchObject(refused(/the stored late block can't be read: .*'n'/));
    const finals = all(table.readFinals({ name: 'a', generation: 'g' }, HOUR, {}));
    await expect(finals).rejects.toMatchObject(refused(/the stored final can't be read: .*'groups'/));
  });

  test('is not overwritten by a head that expects none', async () => {
    const table = tableOf('damaged-too');
    const { pk, sk } = headKey('damaged-too', SHARD);
    await put({ pk, sk }, { v: { N: '99' } });
    expect(await table.writeHead(SHARD, { ...EMPTY_HEAD, rev: 1 })).toBe('conflict');
    await client.send(new DeleteItemCommand({ TableName: 'weir', Key: { pk: { S: pk }, sk: { S: sk } } }));
    expect(await table.writeHead(SHARD, { ...EMPTY_HEAD, rev: 1 })).toBe('written');
  });
});
