/**
 * What telling duplicates costs in the table: write units, read units and requests per 1,000 events, without it, with
 * an id for each event, and with one for each record. Items are those that the function writes, counted as DynamoDB
 * counts them. Flights hourly by origin, 1,000 a second, one warm environment. See README.md beside this file.
 *
 *     npx tsx bench/duplicates-cost.ts [events, 200,000 unless said]
 */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import {
  type DynamoDBClient,
  GetItemCommand,
  type GetItemCommandOutput,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { aggregateBatch } from '#app/aggregate/aggregate-batch.ts';
import { AGGREGATE_LIMITS } from '#app/aggregate/limits.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import { openEventFile } from '#cli/read-events/open-event-file.ts';
import type { DurationMs, EpochMs, ShardId, StreamId } from '#core/brand.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { parseSequence } from '#core/protocol/position.ts';
import { toPackableEvent } from '#core/records/packable-event.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { itemBytes } from '#local/emulators/item-size.ts';
import flights from '#pipelines/flights.ts';

const FILE = fileURLToPath(new URL('../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url));
const START = Date.parse('2001-12-31T00:00:00Z');
const EVENTS_A_RECORD = 500;
const WITHIN_MS = 600_000 as DurationMs;
const shard = { stream: 'bench@0' as StreamId, shard: 'shardId-000000000000' as ShardId };
const packTools = { gzip: (bytes: Uint8Array) => gzipSync(bytes), utf8: (text: string) => Buffer.from(text) };

interface Bill {
  requests: number;
  writeUnits: number;
  readUnits: number;
  segmentBytes: number;
}

/** A client of a table in memory that counts what it is asked, as DynamoDB bills it; conditions always hold. */
function countingClient(bill: Bill): DynamoDBClient {
  const items = new Map<string, NonNullable<GetItemCommandOutput['Item']>>();
  const sizeOf = (item: object) =>
    itemBytes(
      JSON.parse(
        JSON.stringify(item, (_, value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
        ),
      ) as Record<string, unknown>,
    );
  const send = async (command: object): Promise<object> => {
    bill.requests += 1;
    if (command instanceof PutItemCommand) {
      const { Item: item = {} } = command.input;
      const key = `${item['pk']?.S}|${item['sk']?.S}`;
      items.set(key, item);
      bill.writeUnits += Math.ceil(sizeOf(item) / 1024);
      if (key.startsWith('segment|')) bill.segmentBytes += item['bytes']?.B?.length ?? 0;
      return {};
    }
    if (!(command instanceof GetItemCommand)) throw new TypeError('not a call that is counted');
    const { Key: key = {} } = command.input;
    const item = items.get(`${key['pk']?.S}|${key['sk']?.S}`);
    bill.readUnits += Math.max(1, Math.ceil(sizeOf(item ?? {}) / 4096));
    return { Item: item };
  };
  return { send } as unknown as DynamoDBClient;
}

async function readEvents(count: number): Promise<unknown[]> {
  const events: unknown[] = [];
  for await (const batch of (await openEventFile(FILE)).batches()) {
    for (const event of batch) if (event.kind === 'event') events.push(event.value);
    if (events.length >= count) break;
  }
  return events.slice(0, count);
}

function recordOf(events: readonly unknown[], at: number, arrival: number, id?: string): StreamRecord {
  const packable = events.map(toPackableEvent).filter((event) => event !== undefined);
  const data = encodePackedColumns(packable, packTools, id);
  return { sequence: parseSequence(String(at + 1)), arrival: arrival as EpochMs, data };
}

const hourly: Pipeline = {
  ...flights,
  aggregates: flights.aggregates.filter(({ name }) => name === 'delays_by_origin'),
};

const events = await readEvents(Number(process.argv[2] ?? 200_000));
console.log(`${events.length} events; per 1,000 of them:`);
for (const batchSize of [1000, 5000]) {
  for (const how of ['without', 'eventId', 'record ids'] as const) {
    const bill: Bill = { requests: 0, writeUnits: 0, readUnits: 0, segmentBytes: 0 };
    let ids = 0;
    // The flights have no id of their own, and each is looked at once.
    const eventId = how === 'eventId' ? () => `flight-${++ids}` : undefined;
    const pipeline: Pipeline =
      how === 'without' ? hourly : { ...hourly, duplicates: { eventId, withinMs: WITHIN_MS } };
    let names = 0;
    const deps = {
      pipeline,
      table: new DynamoTable(countingClient(bill), 'table', pipeline.name, () => START),
      deadLetters: { send: () => Promise.resolve() },
      compression: nodeCompression,
      tools: recordTools,
      cache: new WarmCache(),
      limits: AGGREGATE_LIMITS,
      duplicates: {
        lineage: { parentsOf: () => Promise.resolve([]) },
        hashKeys: { of: () => Promise.resolve(undefined) },
        newName: () => `name-${String(++names).padStart(11, '0')}`,
      },
      now: () => START,
    };
    for (let from = 0; from < events.length; from += batchSize) {
      const records: StreamRecord[] = [];
      for (let at = from; at < Math.min(from + batchSize, events.length); at += EVENTS_A_RECORD) {
        const some = events.slice(at, at + EVENTS_A_RECORD);
        records.push(recordOf(some, at, START + at, how === 'record ids' ? `record-${at}` : undefined));
      }
      await aggregateBatch(deps, { shard, records }, Number.POSITIVE_INFINITY);
    }
    const each = (count: number) => ((count / events.length) * 1000).toFixed(2);
    const perId =
      how === 'eventId' ? `, ${(bill.segmentBytes / ids).toFixed(2)} bytes of segments an id` : '';
    console.log(
      `batches of ${batchSize}, ${how}: ${each(bill.writeUnits)} write units, ${each(bill.readUnits)} read units, ${each(bill.requests)} requests${perId}`,
    );
  }
}
