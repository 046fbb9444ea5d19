import type { IncomingMessage, ServerResponse } from 'node:http';
import { itemBytes } from './item-size.ts';

/** What was asked of a table, and what DynamoDB would bill for it. */
export interface CapacityUsage {
  /** Requests by operation, e.g. `PutItem`; those that failed, too. */
  readonly requests: Readonly<Record<string, number>>;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Requests on items that did not ask for their consumed capacity: their units are not in the sums. */
  readonly unmeteredRequests: number;
}

const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);
const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan']);
const WRITE_UNIT_BYTES = 1024;

/**
 * Counts a table emulator's requests, and the units that they consumed as its responses tell them; the client has to
 * ask for that with `ReturnConsumedCapacity`.
 */
export class CapacityMeter {
  #requests: Record<string, number> = {};
  #writeUnits = 0;
  #readUnits = 0;
  #unmeteredRequests = 0;

  usage(): CapacityUsage {
    return {
      requests: { ...this.#requests },
      writeUnits: this.#writeUnits,
      readUnits: this.#readUnits,
      unmeteredRequests: this.#unmeteredRequests,
    };
  }

  /** To be called before the emulator handles the request. */
  observe(request: IncomingMessage, response: ServerResponse): void {
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    if (operation === undefined) return;
    this.#requests[operation] = (this.#requests[operation] ?? 0) + 1;
    if (!WRITES.has(operation) && !READS.has(operation)) return;

    const chunks: Buffer[] = [];
    if (WRITES.has(operation)) request.on('data', (chunk: Buffer) => chunks.push(chunk));
    const end = response.end.bind(response);
    // The emulator answers with one call of `end`, with all of the body.
    response.end = ((body: unknown, ...rest: []) => {
      this.#count(operation, chunks, response.statusCode, typeof body === 'string' ? body : '');
      return end(body, ...rest);
    }) as typeof response.end;
  }

  #count(operation: string, requestChunks: readonly Buffer[], status: number, body: string): void {
    const units = status === 200 ? consumedUnits(body) : failedConditionUnits(requestChunks, body);
    if (units === undefined) {
      if (status === 200) this.#unmeteredRequests += 1;
    } else if (WRITES.has(operation)) {
      this.#writeUnits += units;
    } else {
      this.#readUnits += units;
    }
  }
}

function consumedUnits(body: string): number | undefined {
  if (!body.includes('"ConsumedCapacity"')) return undefined;
  type Consumed = { CapacityUnits?: number };
  const { ConsumedCapacity } = JSON.parse(body) as { ConsumedCapacity?: Consumed | Consumed[] };
  if (ConsumedCapacity === undefined) return undefined;
  // The batch operations tell one entry a table.
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

/**
 * A write whose condition is false is billed by the larger of the item that is there and the one in the request. The
 * former is not known here; Weir's writes replace items with ones of about their size.
 */
function failedConditionUnits(requestChunks: readonly Buffer[], body: string): number | undefined {
  if (!body.includes('ConditionalCheckFailedException')) return undefined;
  const request = JSON.parse(Buffer.concat(requestChunks).toString()) as {
    Item?: Record<string, unknown>;
    Key?: Record<string, unknown>;
    ExpressionAttributeValues?: Record<string, unknown>;
  };
  const item = request.Item ?? { ...request.Key, ...request.ExpressionAttributeValues };
  return Math.max(1, Math.ceil(itemBytes(item) / WRITE_UNIT_BYTES));
}
