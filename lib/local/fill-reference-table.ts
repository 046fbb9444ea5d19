import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';

/** A table of reference data, as a file has it. */
export interface ReferenceTable {
  readonly table: string;
  /** Name of its partition key, which every row has as text; no two have the same. */
  readonly key: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** What DynamoDB takes in a call. */
const ROWS_PER_CALL = 25;
const RETRY_MS = 50;

/** Makes a table of reference data and fills it; rows that it has already are overwritten, others stay. */
export async function fillReferenceTable(client: DynamoDBClient, reference: ReferenceTable): Promise<void> {
  const { key, rows, table } = reference;
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  for (let i = 0; i < rows.length; i += ROWS_PER_CALL) {
    let left: WriteRequest[] = rows
      .slice(i, i + ROWS_PER_CALL)
      .map((row) => ({ PutRequest: { Item: toItem(row) } }));
    while (left.length > 0) {
      const command = new BatchWriteItemCommand({ RequestItems: { [table]: left } });
      const { UnprocessedItems } = await client.send(command);
      left = UnprocessedItems?.[table] ?? [];
      if (left.length > 0) await sleep(RETRY_MS);
    }
  }
}

function toItem(row: Readonly<Record<string, unknown>>): Record<string, AttributeValue> {
  const item: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(row)) {
    const attribute = toAttribute(value);
    if (attribute !== undefined) item[name] = attribute;
  }
  return item;
}

/** None for lists and objects: lookups take plain values. */
function toAttribute(value: unknown): AttributeValue | undefined {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  return typeof value === 'number' ? { N: String(value) } : undefined;
}
