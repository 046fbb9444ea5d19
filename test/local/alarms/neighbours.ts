import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { expect } from 'vitest';
import type { MetricStore } from '#local/alarms/metric-store.ts';
import { LOCAL_CREDENTIALS } from '#local/function-host/function-environment.ts';
import { LOCAL_REGION, type ResourceNames } from '#local/resource-names.ts';

const MINUTE_MS = 60_000;

/** Others who use the same stream and table, more than is good; they do not try again what is refused. */
export class Neighbours {
  readonly #store: MetricStore;
  readonly #names: ResourceNames;
  readonly #table: DynamoDBClient;
  readonly #stream: KinesisClient;

  constructor(
    store: MetricStore,
    names: ResourceNames,
    endpoints: { readonly kinesis: string; readonly dynamodb: string },
  ) {
    this.#store = store;
    this.#names = names;
    const credentials = {
      accessKeyId: LOCAL_CREDENTIALS.AWS_ACCESS_KEY_ID,
      secretAccessKey: LOCAL_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    };
    const once = { region: LOCAL_REGION, credentials, maxAttempts: 1, requestHandler: new NodeHttpHandler() };
    this.#table = new DynamoDBClient({ endpoint: endpoints.dynamodb, ...once });
    this.#stream = new KinesisClient({ endpoint: endpoints.kinesis, ...once });
  }

  destroy(): void {
    this.#table.destroy();
    this.#stream.destroy();
  }

  /** Reads the end of the stream many times at once, until it is refused. */
  async overloadReads(): Promise<void> {
    const shard = { StreamName: this.#names.stream, ShardId: 'shardId-000000000000' };
    const { ShardIterator } = await this.#stream.send(
      new GetShardIteratorCommand({ ...shard, ShardIteratorType: 'LATEST' }),
    );
    const dimensions = { StreamName: this.#names.stream };
    const refusals = () => this.#refusals('AWS/Kinesis', 'ReadProvisionedThroughputExceeded', dimensions);
    const before = refusals();
    for (let attempt = 0; attempt < 100 && refusals() === before; attempt++) {
      await Promise.allSettled(
        Array.from({ length: 45 }, () => this.#stream.send(new GetRecordsCommand({ ShardIterator }))),
      );
    }
    if (refusals() === before) expect.fail('the stream did not refuse reads');
  }

  /** Writes or reads items of about 400 KB, as a neighbour at the same table might, until one is refused. */
  async overloadTable(kind: 'reads' | 'writes', metric: string, keys: readonly string[]): Promise<void> {
    const refusals = () => this.#refusals('AWS/DynamoDB', metric, { TableName: this.#names.table });
    const table = { TableName: this.#names.table, ReturnConsumedCapacity: 'TOTAL' } as const;
    const padding = { S: 'x'.repeat(390_000) };
    const write = (pk: string) => {
      const Item = { pk: { S: pk }, sk: { S: kind }, padding };
      return this.#table.send(new PutItemCommand({ ...table, Item }));
    };
    const read = (pk: string) => {
      const Key = { pk: { S: pk }, sk: { S: kind } };
      return this.#table.send(new GetItemCommand({ ...table, Key, ConsistentRead: true }));
    };
    // What is read has to be there; what is refused meanwhile is written with the next one.
    if (kind === 'reads') for (const key of keys) await write(key).catch(() => {});
    const before = refusals();
    const wave = Array.from({ length: kind === 'reads' ? 40 : 8 }, (_, i) => keys[i % keys.length] ?? '');
    for (let waves = 0; waves < 200; waves++) {
      await Promise.allSettled(wave.map((key) => (kind === 'reads' ? read(key) : write(key))));
      if (refusals() > before) return;
    }
    expect.fail(`the table did not refuse ${kind}`);
  }

  #refusals(namespace: string, name: string, dimensions: Readonly<Record<string, string>>): number {
    const nowMs = Date.now();
    const metric = { namespace, name, dimensions };
    return this.#store.statistic(metric, 'Sum', nowMs - 5 * MINUTE_MS, nowMs + MINUTE_MS) ?? 0;
  }
}
