import type { MetricStore } from '../alarms/metric-store.ts';
import { type ServiceFront, serviceError } from './forwarding-server.ts';
import { SecondlyUse } from './rate-limit.ts';

/** Units a second. */
export interface Units {
  readonly reads: number;
  readonly writes: number;
}

export interface TableLimits {
  /** Of one partition key's items. */
  readonly partition: Units;
  /** The account's quota for one table. */
  readonly account: Units;
  /** What the table is capped at, if it is. */
  readonly maximum?: Units;
}

/** DynamoDB Developer Guide, "Quotas in Amazon DynamoDB". */
export const TABLE_LIMITS: TableLimits = {
  partition: { reads: 3000, writes: 1000 },
  account: { reads: 40_000, writes: 40_000 },
};

/** Kept apart; a second has fewer. */
const PARTITIONS_MAX = 10_000;

const READS = new Set(['GetItem', 'Query']);
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/** Why DynamoDB refuses, and the metrics that say so. */
const CAUSES = {
  partition: {
    reads: 'ReadKeyRangeThroughputThrottleEvents',
    writes: 'WriteKeyRangeThroughputThrottleEvents',
  },
  account: { reads: 'ReadAccountLimitThrottleEvents', writes: 'WriteAccountLimitThrottleEvents' },
  maximum: {
    reads: 'ReadMaxOnDemandThroughputThrottleEvents',
    writes: 'WriteMaxOnDemandThroughputThrottleEvents',
  },
} as const;

interface KeyedRequest {
  readonly Key?: { readonly pk?: { readonly S?: string } };
  readonly Item?: { readonly pk?: { readonly S?: string } };
  readonly ExpressionAttributeValues?: { readonly [name: string]: { readonly S?: string } };
}

/**
 * Stands before a DynamoDB emulator, none of which has limits: holds a table to those that DynamoDB has, by the units
 * that the emulator says a request consumed, and publishes what DynamoDB publishes of it. The request that reaches a
 * limit is served, those after it in the same second are refused.
 */
export function tableLimits(
  store: MetricStore,
  table: string,
  limits: TableLimits = TABLE_LIMITS,
): ServiceFront {
  const uses = new Map<string, SecondlyUse>();
  const useOf = (name: string): SecondlyUse => {
    if (uses.size > PARTITIONS_MAX) uses.clear();
    const use = uses.get(name) ?? new SecondlyUse();
    uses.set(name, use);
    return use;
  };
  const publish = (name: string, value: number) =>
    store.add({ namespace: 'AWS/DynamoDB', name, dimensions: { TableName: table } }, value, Date.now());

  return async (request, forward) => {
    const kind = READS.has(request.operation)
      ? 'reads'
      : WRITES.has(request.operation)
        ? 'writes'
        : undefined;
    if (kind === undefined) return forward(request);
    const nowMs = Date.now();
    const counted = [
      {
        cause: 'partition',
        use: useOf(`${kind} ${partitionOf(request.body)}`),
        limit: limits.partition[kind],
      },
      {
        cause: 'maximum',
        use: useOf(`${kind} of the table`),
        limit: limits.maximum?.[kind] ?? Number.POSITIVE_INFINITY,
      },
      { cause: 'account', use: useOf(`${kind} of the table`), limit: limits.account[kind] },
    ] as const;
    const reached = counted.find(({ limit, use }) => use.used(nowMs) >= limit);
    if (reached !== undefined) {
      publish(CAUSES[reached.cause][kind], 1);
      return serviceError(
        400,
        'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
        `Throughput exceeds the limit of ${reached.limit} units a second (${reached.cause}).`,
      );
    }
    const response = await forward(request);
    const units = consumedUnits(response.body);
    for (const use of new Set(counted.map(({ use }) => use))) use.add(units, nowMs);
    publish(kind === 'reads' ? 'ConsumedReadCapacityUnits' : 'ConsumedWriteCapacityUnits', units);
    return response;
  };
}

function partitionOf(body: string): string {
  const { ExpressionAttributeValues: values, Item: item, Key: key } = JSON.parse(body) as KeyedRequest;
  return key?.pk?.S ?? item?.pk?.S ?? values?.[':pk']?.S ?? '';
}

function consumedUnits(body: string): number {
  const { ConsumedCapacity: consumed } = JSON.parse(body) as {
    ConsumedCapacity?: { CapacityUnits?: number };
  };
  return consumed?.CapacityUnits ?? 0;
}
