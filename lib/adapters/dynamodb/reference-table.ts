import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  type KeysAndAttributes,
} from '@aws-sdk/client-dynamodb';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { ReferenceData, ReferenceSource } from '#app/ports/reference-data.ts';
import type { ReferenceEntry } from '#core/enrich/looked-up.ts';
import { toDependencyError } from '../dependency-error.ts';
import type { Item } from './attributes.ts';

/** A table answers within milliseconds; one that takes seconds is down, and there may be a better answer. */
const ANSWER_MS_MAX = 5000;
/** DynamoDB leaves out keys where the answer would be over 16 MB, or a partition is at its limit; calls without any. */
const FRUITLESS_CALLS_MAX = 5;
const BACKOFF_MS = 50;

/**
 * Tables of reference data in DynamoDB, each with a string as its partition key and no sort key. `names` are those of
 * the tables that are used in place of the ones that the definition names; a name may be an ARN.
 */
export class DynamoReferenceData implements ReferenceData {
  readonly #client: DynamoDBClient;
  readonly #names: Readonly<Record<string, string>>;
  readonly #answerMsMax: number;

  constructor(
    client: DynamoDBClient,
    names: Readonly<Record<string, string>> = {},
    answerMsMax = ANSWER_MS_MAX,
  ) {
    this.#client = client;
    this.#names = names;
    this.#answerMsMax = answerMsMax;
  }

  async get(source: ReferenceSource, keys: readonly string[]): Promise<ReadonlyMap<string, ReferenceEntry>> {
    const table = this.#names[source.table] ?? source.table;
    const entries = new Map<string, ReferenceEntry>();
    const signal = AbortSignal.timeout(this.#answerMsMax);
    const request = toRequest(source, keys);
    let fruitless = 0;
    for (let wanted = request.Keys; wanted !== undefined; ) {
      if (fruitless === FRUITLESS_CALLS_MAX) {
        const what = `BatchGetItem of ${table}: left keys out in ${fruitless} calls; is it at its limit?`;
        throw new DependencyError('reference_data', 'throttled', what);
      }
      if (wanted.length < keys.length || fruitless > 0) await sleep(backoffMs(fruitless));
      const answer = await this.#call(table, { ...request, Keys: wanted }, signal);
      for (const item of Object.values(answer.Responses ?? {}).flat()) {
        const key = item[source.tableKey]?.S;
        if (key !== undefined) entries.set(key, fromItem(item));
      }
      const left: KeysAndAttributes['Keys'] = Object.values(answer.UnprocessedKeys ?? {})[0]?.Keys;
      fruitless = left !== undefined && left.length === wanted.length ? fruitless + 1 : 0;
      wanted = left;
    }
    return entries;
  }

  async #call(
    table: string,
    wanted: KeysAndAttributes,
    abortSignal: AbortSignal,
  ): Promise<BatchGetItemCommandOutput> {
    const command = new BatchGetItemCommand({
      RequestItems: { [table]: wanted },
      ReturnConsumedCapacity: 'TOTAL',
    });
    try {
      return await this.#client.send(command, { abortSignal });
    } catch (error) {
      throw toDependencyError('reference_data', `BatchGetItem of ${table}`, error);
    }
  }
}

/** Before the call after so many that gave nothing. */
function backoffMs(fruitless: number): number {
  return BACKOFF_MS * 2 ** fruitless * (0.5 + Math.random());
}

function toRequest(source: ReferenceSource, keys: readonly string[]): KeysAndAttributes {
  // By other names, since attributes may be called like words of DynamoDB's; each once, or it refuses.
  const attributes = new Set([source.tableKey, ...source.attributes]);
  const names = Object.fromEntries([...attributes].map((attribute, i) => [`#${i}`, attribute]));
  return {
    Keys: keys.map((key) => ({ [source.tableKey]: { S: key } })),
    ProjectionExpression: Object.keys(names).join(', '),
    ExpressionAttributeNames: names,
  };
}

function fromItem(item: Item): ReferenceEntry {
  const entry: Record<string, unknown> = {};
  for (const [name, attribute] of Object.entries(item)) entry[name] = fromAttribute(attribute);
  return entry;
}

/** `undefined` for what is no plain value. */
function fromAttribute({ S, N, BOOL, NULL }: AttributeValue): unknown {
  if (NULL === true) return null;
  return S ?? BOOL ?? (N === undefined ? undefined : Number(N));
}
