import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { LateBlock, Table, WindowRange, WriteOutcome } from '#app/ports/table.ts';
import { TABLE_TTL_ATTRIBUTE } from '#contracts/table.ts';
import {
  blockKey,
  blockPartition,
  finalKey,
  finalPartition,
  headKey,
  holesPartition,
  holesSortKey,
  type ItemKey,
  latePartition,
  partsOfLateSortKey,
  registryKey,
  segmentKey,
  windowSortKey,
} from '#contracts/table-keys.ts';
import type { WindowStart } from '#core/brand.ts';
import type { Hole } from '#core/degradation/hole.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import type { Block, BlockKey } from '#core/protocol/block.ts';
import type { Final } from '#core/protocol/final.ts';
import type { Head } from '#core/protocol/head.ts';
import type { Position } from '#core/protocol/position.ts';
import type { Registry, ShardKey } from '#core/protocol/registry.ts';
import { toDependencyError } from '../dependency-error.ts';
import { bytes, type Item, ItemError, text } from './attributes.ts';
import { fromBlockItem, toBlockItem } from './block-item.ts';
import { fromHeadItem, toHeadItem } from './head-item.ts';
import { fromHolesItem, toHolesItem } from './hole-item.ts';
import { fromRegistryItem, toRegistryItem } from './registry-item.ts';

/** Before and behind the sort keys of all windows, which begin with a digit. */
const WINDOWS_FIRST = '0';
const WINDOWS_LAST = ':';

/** The longest that a stream keeps records: after that, holes can't be repaired. */
const HOLES_KEPT_MS = 366 * 86_400_000;

/** A pipeline's items in a DynamoDB table. */
export class DynamoTable implements Table {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #pipeline: string;
  readonly #now: () => number;

  /** `now` gives epoch milliseconds. */
  constructor(client: DynamoDBClient, tableName: string, pipeline: string, now: () => number = Date.now) {
    this.#client = client;
    this.#tableName = tableName;
    this.#pipeline = pipeline;
    this.#now = now;
  }

  async readRegistry(): Promise<Registry | undefined> {
    const item = await this.#get(registryKey(this.#pipeline));
    return item && readable('registry', () => fromRegistryItem(item));
  }

  writeRegistry(registry: Registry): Promise<WriteOutcome> {
    const expected = registry.version - 1;
    return this.#put(
      registryKey(this.#pipeline),
      toRegistryItem(registry),
      'version',
      expected === 0 ? undefined : expected,
    );
  }

  async readHead(shard: ShardKey): Promise<Head | undefined> {
    const item = await this.#get(headKey(this.#pipeline, shard));
    return item && readable('head', () => fromHeadItem(item));
  }

  writeHead(shard: ShardKey, head: Head): Promise<WriteOutcome> {
    const expected = head.rev - 1;
    return this.#put(
      headKey(this.#pipeline, shard),
      toHeadItem(head),
      'rev',
      expected === 0 ? undefined : expected,
    );
  }

  async readSegment(name: string): Promise<Uint8Array | undefined> {
    const item = await this.#get(segmentKey(this.#pipeline, name));
    return item && readable('segment', () => bytes(item, 'bytes'));
  }

  async writeSegment(name: string, content: Uint8Array, keepMs: number): Promise<void> {
    const { pk, sk } = segmentKey(this.#pipeline, name);
    const item = { pk: { S: pk }, sk: { S: sk }, bytes: { B: content }, ...this.#expiry(keepMs) };
    await this.#call('PutItem', () =>
      this.#client.send(
        new PutItemCommand({ TableName: this.#tableName, Item: item, ReturnConsumedCapacity: 'TOTAL' }),
      ),
    );
  }

  async readBlock(shard: ShardKey, key: BlockKey): Promise<Block | undefined> {
    const item = await this.#get(blockKey(this.#pipeline, shard, key));
    return item && readable('block', () => fromBlockItem(item, key));
  }

  writeBlock(
    shard: ShardKey,
    block: Block,
    expectedN: number | undefined,
    keepMs: number | null,
  ): Promise<WriteOutcome> {
    const item = { ...toBlockItem(block), ...this.#expiry(keepMs) };
    return this.#put(blockKey(this.#pipeline, shard, block.key), item, 'n', expectedN);
  }

  writeFinal({ key, bytes }: Final, keepMs: number | null): Promise<WriteOutcome> {
    const item = { groups: { B: bytes }, ...this.#expiry(keepMs) };
    return this.#put(finalKey(this.#pipeline, key), item, 'groups', undefined);
  }

  async *readBlocks(
    shard: ShardKey,
    { name, generation }: Pick<Aggregate, 'name' | 'generation'>,
    range: WindowRange,
  ): AsyncGenerator<Block> {
    const partition = blockPartition(this.#pipeline, shard, { aggregate: name, generation });
    for await (const { windowStart, item } of this.#windows(partition, range)) {
      yield readable('block', () => fromBlockItem(item, { aggregate: name, generation, windowStart }));
    }
  }

  async *readLateBlocks(
    { name, generation }: Pick<Aggregate, 'name' | 'generation'>,
    range: WindowRange,
  ): AsyncGenerator<LateBlock> {
    const partition = latePartition(this.#pipeline, { aggregate: name, generation });
    for await (const { item } of this.#windows(partition, range)) {
      yield readable('late block', () => {
        const { windowStart, shard } = partsOfLateSortKey(text(item, 'sk'));
        const key = { aggregate: name, generation, windowStart, late: true } as const;
        return { shard, block: fromBlockItem(item, key) };
      });
    }
  }

  async *readFinals(
    { name, generation }: Pick<Aggregate, 'name' | 'generation'>,
    levelMs: number,
    range: WindowRange,
  ): AsyncGenerator<Final> {
    const of = { aggregate: name, generation, levelMs };
    for await (const { windowStart, item } of this.#windows(finalPartition(this.#pipeline, of), range)) {
      yield readable('final', () => ({ key: { ...of, windowStart }, bytes: bytes(item, 'groups') }));
    }
  }

  writeHoles(shard: ShardKey, holes: readonly Hole[]): Promise<WriteOutcome> {
    const [first] = holes;
    if (first === undefined) throw new RangeError('no holes to store');
    const sk = holesSortKey(first.first.sequence, first.first.event);
    const item = { ...toHolesItem(holes), ...this.#expiry(HOLES_KEPT_MS) };
    return this.#put({ pk: holesPartition(this.#pipeline, shard), sk }, item, 'v', undefined);
  }

  async *readHoles(shard: ShardKey, { sequence, events }: Position): AsyncGenerator<Hole> {
    const partition = holesPartition(this.#pipeline, shard);
    // An item is found by its first hole, which may be behind.
    const from = holesSortKey(sequence, events ?? 0);
    const before = await this.#query(partition, '0', from, { ScanIndexForward: false, Limit: 1 });
    const [item] = before.Items ?? [];
    const first = item === undefined ? from : readable('holes', () => text(item, 'sk'));
    for await (const found of this.#between(partition, first, ':'))
      yield* readable('holes', () => fromHolesItem(found));
  }

  /** The items of a partition whose sort keys begin with a window's start, by window, over all pages. */
  async *#windows(
    partition: string,
    { from, to }: WindowRange,
  ): AsyncGenerator<{ windowStart: WindowStart; item: Item }> {
    const first = from === undefined ? WINDOWS_FIRST : windowSortKey(from);
    const last = to === undefined ? WINDOWS_LAST : windowSortKey(to);
    // There is nothing, and DynamoDB refuses to look between bounds that are the wrong way round.
    if (first >= last) return;
    for await (const item of this.#between(partition, first, last)) {
      const { windowStart } = readable('item', () => partsOfLateSortKey(text(item, 'sk')));
      if (to === undefined || windowStart < to) yield { windowStart, item };
    }
  }

  /** The items of a partition between two sort keys, over all pages. */
  async *#between(partition: string, first: string, last: string): AsyncGenerator<Item> {
    let start: Item | undefined;
    do {
      const page = await this.#query(
        partition,
        first,
        last,
        start === undefined ? {} : { ExclusiveStartKey: start },
      );
      yield* page.Items ?? [];
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  #query(partition: string, first: string, last: string, more: Partial<QueryCommandInput>) {
    return this.#call('Query', () =>
      this.#client.send(
        new QueryCommand({
          TableName: this.#tableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
          ExpressionAttributeValues: {
            ':pk': { S: partition },
            ':first': { S: first },
            ':last': { S: last },
          },
          ReturnConsumedCapacity: 'TOTAL',
          ...more,
        }),
      ),
    );
  }

  #expiry(keepMs: number | null): Item {
    if (keepMs === null) return {};
    return { [TABLE_TTL_ATTRIBUTE]: { N: String(Math.ceil((this.#now() + keepMs) / 1000)) } };
  }

  async #get({ pk, sk }: ItemKey): Promise<Item | undefined> {
    const { Item: item } = await this.#call('GetItem', () =>
      this.#client.send(
        new GetItemCommand({
          TableName: this.#tableName,
          Key: { pk: { S: pk }, sk: { S: sk } },
          ConsistentRead: true,
          ReturnConsumedCapacity: 'TOTAL',
        }),
      ),
    );
    return item;
  }

  /** Writes the whole item, on the condition that its `counter` is as expected; `undefined`: that there is none. */
  async #put(
    { pk, sk }: ItemKey,
    item: Item,
    counter: string,
    expected: number | undefined,
  ): Promise<WriteOutcome> {
    const condition =
      expected === undefined
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: '#counter = :expected',
            ExpressionAttributeNames: { '#counter': counter },
            ExpressionAttributeValues: { ':expected': { N: String(expected) } },
          };
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#tableName,
          Item: { pk: { S: pk }, sk: { S: sk }, ...item },
          ReturnConsumedCapacity: 'TOTAL',
          ...condition,
        }),
      );
      return 'written';
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'conflict';
      throw toDependencyError('table', 'PutItem', error);
    }
  }

  async #call<Result>(operation: string, send: () => Promise<Result>): Promise<Result> {
    try {
      return await send();
    } catch (error) {
      throw toDependencyError('table', operation, error);
    }
  }
}

/** Newer code wrote an item that can't be read, or it is damaged: a reason to hand the whole batch back. */
function readable<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    throw new DependencyError(
      'table',
      'refused',
      `the stored ${what} can't be read: ${error.message}`,
      error,
    );
  }
}
