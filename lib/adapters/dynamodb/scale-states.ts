import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { ScaleStates } from '#app/ports/scale-states.ts';
import type { WriteOutcome } from '#app/ports/table.ts';
import { TABLE_TTL_ATTRIBUTE } from '#contracts/table.ts';
import { scaleKey } from '#contracts/table-keys.ts';
import type { StreamId } from '#core/brand.ts';
import type { ScaleState } from '#core/scale/scale-state.ts';
import { toDependencyError } from '../dependency-error.ts';
import { ItemError } from './attributes.ts';
import { fromScaleItem, toScaleItem } from './scale-item.ts';

/** What is remembered of a stream is of no use once nobody has looked at it for so long. */
const KEEP_MS = 7 * 24 * 3_600_000;

/** What scaling remembers, in the pipeline's table. */
export class DynamoScaleStates implements ScaleStates {
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

  async read(stream: StreamId): Promise<ScaleState | undefined> {
    try {
      const { Item: item } = await this.#client.send(
        new GetItemCommand({ TableName: this.#tableName, Key: this.#key(stream), ConsistentRead: true }),
      );
      return item && fromScaleItem(item);
    } catch (error) {
      if (!(error instanceof ItemError)) throw toDependencyError('table', 'GetItem', error);
      const what = `what is stored of scaling can't be read: ${error.message}; it holds nothing that lasts, so it can be deleted`;
      throw new DependencyError('table', 'refused', what, error);
    }
  }

  async write(stream: StreamId, state: ScaleState): Promise<WriteOutcome> {
    const expected = state.rev - 1;
    const condition =
      expected === 0
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: 'rev = :expected',
            ExpressionAttributeValues: { ':expected': { N: String(expected) } },
          };
    const expires = String(Math.ceil((this.#now() + KEEP_MS) / 1000));
    const Item = { ...this.#key(stream), ...toScaleItem(state), [TABLE_TTL_ATTRIBUTE]: { N: expires } };
    try {
      await this.#client.send(new PutItemCommand({ TableName: this.#tableName, Item, ...condition }));
      return 'written';
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'conflict';
      throw toDependencyError('table', 'PutItem', error);
    }
  }

  #key(stream: StreamId) {
    const { pk, sk } = scaleKey(this.#pipeline, stream);
    return { pk: { S: pk }, sk: { S: sk } };
  }
}
