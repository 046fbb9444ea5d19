import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GetRecordsCommand, GetShardIteratorCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { APIGatewayProxyResult, KinesisStreamEvent } from 'aws-lambda';
import { vi } from 'vitest';
import { QUERY_PATHS } from '#contracts/query-api.ts';
import { aggregateInvocation } from '#functions/aggregate/aggregate-invocation.ts';
import { aggregateEnv } from '#functions/aggregate/env.ts';
import { closeInvocation } from '#functions/close/close-invocation.ts';
import { queryInvocation } from '#functions/query/query-invocation.ts';
import { createResources } from '#local/create-resources.ts';
import type { CapacityUsage } from '#local/emulators/capacity-meter.ts';
import { matchResource, PROXY_RESOURCE, toProxyEvent } from '#local/http-api/proxy-event.ts';
import { resourceNames } from '#local/resource-names.ts';
import flights from '#pipelines/flights.ts';
import { startServices, type TestServices } from '../../support/emulators.ts';

const names = resourceNames('flights');
const SHARDS = ['shardId-000000000000', 'shardId-000000000001'];
/** Hash keys of the one and of the other shard. */
const HASH_KEYS = ['0', (2n ** 127n).toString()];

/** Flights as in the file, in its order: that of their times. */
export interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

export const FLIGHTS = (
  JSON.parse(
    readFileSync(resolve('node_modules/vega-datasets/data/flights-20k.json'), 'utf8'),
  ) as readonly Flight[]
).slice(0, 2000);

/** The function `query` over a table to which the function `aggregate` has committed real flights of two shards. */
export class FlightsApi {
  readonly #services: TestServices;
  readonly #query: ReturnType<typeof queryInvocation>;

  private constructor(services: TestServices, query: ReturnType<typeof queryInvocation>) {
    this.#services = services;
    this.#query = query;
  }

  static async start(): Promise<FlightsApi> {
    const services = await startServices();
    const resources = await createResources(services.clients, names, SHARDS.length);
    const aggregate = aggregateInvocation(
      flights,
      aggregateEnv.parse({
        WEIR_TABLE: names.table,
        WEIR_DEAD_LETTER_QUEUE_URL: resources.deadLetterQueueUrl,
        WEIR_DEAD_LETTER_BUCKET: names.deadLetterBucket,
      }),
    );
    // Metrics are lines on stdout.
    const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      await put(services, FLIGHTS);
      for (const shard of SHARDS) {
        const { batchItemFailures } = await aggregate(await batchOf(services, shard), soon());
        if (batchItemFailures.length > 0) throw new Error('a batch was not committed');
      }
      const close = closeInvocation(flights, {
        WEIR_TABLE: names.table,
        WEIR_STREAM: names.stream,
        WEIR_CANARY: 'off',
      });
      await close(soon());
    } finally {
      output.mockRestore();
    }
    return new FlightsApi(services, queryInvocation(flights, { WEIR_TABLE: names.table }));
  }

  /** The function's answer to a request, by way of the event that API Gateway would make of it. */
  get(target: string, headers: Readonly<Record<string, string>> = {}): Promise<APIGatewayProxyResult> {
    return this.#query(eventOf(target, headers), soon());
  }

  async json<Body>(target: string): Promise<Body> {
    const { body, statusCode } = await this.get(target);
    if (statusCode !== 200) throw new Error(`${statusCode}: ${body}`);
    return JSON.parse(body) as Body;
  }

  /** The same by another execution environment, which has read nothing yet. */
  afresh(): FlightsApi {
    return new FlightsApi(this.#services, queryInvocation(flights, { WEIR_TABLE: names.table }));
  }

  /** What was asked of the table so far. */
  usage(): CapacityUsage {
    return this.#services.meter.usage();
  }

  stop(): Promise<void> {
    return this.#services.stop();
  }
}

export function eventOf(target: string, headers: Readonly<Record<string, string>> = {}) {
  const request = {
    method: 'GET',
    target,
    rawHeaders: Object.entries(headers).flat(),
    body: Buffer.alloc(0),
    sourceIp: '127.0.0.1',
    time: Date.now(),
  };
  const path = target.split('?', 1)[0] ?? '';
  const resource = Object.values(QUERY_PATHS).find((each) => matchResource(path, each) !== undefined);
  return toProxyEvent(request, resource ?? PROXY_RESOURCE);
}

function soon(): number {
  return Date.now() + 60_000;
}

/** Flights to the shards by turns, a hundred in a record. */
async function put({ clients }: TestServices, all: readonly Flight[]): Promise<void> {
  const Records = Array.from({ length: Math.ceil(all.length / 100) }, (_, i) => ({
    PartitionKey: 'p',
    ExplicitHashKey: HASH_KEYS[i % HASH_KEYS.length],
    Data: Buffer.from(
      all
        .slice(i * 100, (i + 1) * 100)
        .map((flight) => JSON.stringify(flight))
        .join('\n'),
    ),
  }));
  await clients.kinesis.send(new PutRecordsCommand({ StreamName: names.stream, Records }));
}

/** All that a shard holds, as Lambda hands it on. */
async function batchOf({ clients }: TestServices, shard: string): Promise<KinesisStreamEvent> {
  const { ShardIterator } = await clients.kinesis.send(
    new GetShardIteratorCommand({
      StreamName: names.stream,
      ShardId: shard,
      ShardIteratorType: 'TRIM_HORIZON',
    }),
  );
  const { Records = [] } = await clients.kinesis.send(new GetRecordsCommand({ ShardIterator }));
  return {
    Records: Records.map(({ ApproximateArrivalTimestamp, Data, PartitionKey = '', SequenceNumber = '' }) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: PartitionKey,
        sequenceNumber: SequenceNumber,
        data: Buffer.from(Data ?? []).toString('base64'),
        approximateArrivalTimestamp: (ApproximateArrivalTimestamp?.getTime() ?? 0) / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shard}:${SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: names.roleArn,
      awsRegion: 'us-east-1',
      eventSourceARN: names.streamArn,
    })),
  };
}
