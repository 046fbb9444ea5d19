/**
 * What closing costs: 10,000 windows of a minute over some shards, with their hours, are made final in a table
 * emulator that answers as late as DynamoDB does; then closed once more, which must change nothing. See README.md.
 *
 *     npx tsx bench/close-windows.ts [windows, 10,000 unless said] [shards, 4 unless said] [hopping: of 10 minutes]
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { count, definePipeline, hopping, mean, tumbling } from 'weir';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import { closePipeline } from '#app/close/close-pipeline.ts';
import type { CloseDeps } from '#app/close/deps.ts';
import { encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, GroupKey, ShardId, StreamId, WindowStart } from '#core/brand.ts';
import { GroupTable } from '#core/group-table.ts';
import type { EventOrder } from '#core/metrics/event-order.ts';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';
import { EMPTY_HEAD } from '#core/protocol/head.ts';
import { parseSequence } from '#core/protocol/position.ts';
import { EMPTY_REGISTRY, type ShardKey } from '#core/protocol/registry.ts';
import { createTable } from '#local/create-resources.ts';
import { startDynalite } from '#local/emulators/dynalite.ts';

const [windows = 10_000, shardCount = 4] = process.argv.slice(2, 4).map(Number);
const isHopping = process.argv[4] === 'hopping';
const MINUTE = 60_000;
const FIRST = Date.parse('2026-03-01T00:00:00Z');
const GROUPS = 25;
const EVENTS_PER_GROUP = 8;
/** About what DynamoDB takes within a region. */
const LATENCY_MS = 4;
const TABLE = 'bench';

const schema: StandardSchema<unknown, { at: number; shop: string; euros: number }> = {
  '~standard': { version: 1, vendor: 'bench', validate: (value) => ({ value: value as never }) },
};
const pipeline = definePipeline({
  name: 'bench',
  schema,
  eventTime: ({ at }) => at,
  aggregates: {
    by_shop: {
      groupBy: ['shop'],
      window: isHopping ? hopping('10m', { every: '1m' }) : tumbling('1m', { rollup: ['1h'] }),
      metrics: { sales: count(), euros: mean('euros') },
    },
  },
});
const [aggregate] = pipeline.aggregates;
if (aggregate === undefined) throw new Error('an aggregate');
const shards: readonly ShardKey[] = Array.from({ length: shardCount }, (_, i) => ({
  stream: 'bench@1' as StreamId,
  shard: `shardId-${String(i).padStart(12, '0')}` as ShardId,
}));

/** What one shard has of one window. */
function blockBytes(shard: number, windowStart: number): Uint8Array {
  const table = GroupTable.empty([
    { name: 'euros', kind: 'mean' },
    { name: 'sales', kind: 'count' },
  ]);
  for (let group = 0; group < GROUPS; group++) {
    const row = table.row(JSON.stringify([`shop ${group}`]) as GroupKey);
    for (let i = 0; i < EVENTS_PER_GROUP; i++) {
      const cents = (windowStart / MINUTE + 31 * shard + 17 * group + 7 * i) % 9973;
      const order: EventOrder = {
        time: (windowStart + i) as EpochMs,
        shard: 'shard' as ShardId,
        sequence: parseSequence('1'),
        index: i,
      };
      table.column(0).add(row, cents / 100, order);
      table.column(1).add(row, 1, order);
    }
  }
  return encodeGroups(table, nodeCompression);
}

const emulator = await startDynalite();
const client = new DynamoDBClient({
  endpoint: emulator.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});
await createTable(client, TABLE);
const table = new DynamoTable(client, TABLE, pipeline.name);

const position = { sequence: parseSequence('1'), events: null };
const end = (FIRST + windows * MINUTE) as EpochMs;
await table.writeRegistry({ ...EMPTY_REGISTRY, version: 1, shards });
for (const [i, shard] of shards.entries()) {
  await table.writeHead(shard, { ...EMPTY_HEAD, rev: 1, n: 1, position, watermark: end, lastEnd: end });
  for (let first = 0; first < windows; first += 50) {
    const some = Array.from({ length: Math.min(50, windows - first) }, (_, at) => first + at);
    await Promise.all(
      some.map((window) => {
        const windowStart = (FIRST + window * MINUTE) as WindowStart;
        const key = { aggregate: aggregate.name, generation: aggregate.generation, windowStart };
        const block = { key, n: 1, bytes: blockBytes(i, windowStart) };
        return table.writeBlock(shard, block, undefined, null);
      }),
    );
  }
}

/** The table as close reaches it: each request a few milliseconds away. */
client.middlewareStack.add(
  (next) => async (args) => {
    await sleep(LATENCY_MS);
    return next(args);
  },
  { step: 'finalizeRequest', name: 'latency' },
);
let announced = 0;
const deps: CloseDeps = {
  pipeline,
  table,
  stream: {
    listShards: async () => shards.map((key) => ({ key, closed: false })),
    isDrained: async () => true,
  },
  announcements: {
    announce: async (closed) => {
      announced += closed.length;
    },
  },
  compression: nodeCompression,
  now: Date.now,
};

/** A digest of all items. */
async function contents(): Promise<string> {
  const items: string[] = [];
  let after: Record<string, never> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: TABLE, ExclusiveStartKey: after }));
    for (const item of page.Items ?? [])
      items.push(JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))));
    after = page.LastEvaluatedKey as Record<string, never> | undefined;
  } while (after !== undefined);
  return createHash('sha256').update(items.sort().join('\n')).digest('hex').slice(0, 16);
}

console.log(
  `${windows} windows over ${shardCount} shards, ${GROUPS} groups each, ${LATENCY_MS} ms a request`,
);
console.log('| run | finals | announced | requests | write units | read units | CPU s | s |');
console.log('|---|---|---|---|---|---|---|---|');
for (const run of ['first', 'once more']) {
  const before = emulator.meter.usage();
  const cpu = process.cpuUsage();
  const started = performance.now();
  const announcedBefore = announced;
  const { finals, unfinished } = await closePipeline(deps, Number.MAX_SAFE_INTEGER);
  if (unfinished !== undefined) throw new Error(`not done: ${unfinished}`);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const after = emulator.meter.usage();
  const requests = Object.entries(after.requests)
    .map(([operation, n]) => [operation, n - (before.requests[operation] ?? 0)] as const)
    .filter(([operation, n]) => n > 0 && operation !== 'Scan')
    .map(([operation, n]) => `${n} ${operation}`);
  const cells = [
    ...[run, finals, announced - announcedBefore, requests.join(', ')],
    ...[after.writeUnits - before.writeUnits, after.readUnits - before.readUnits],
    ...[((user + system) / 1e6).toFixed(1), seconds.toFixed(1)],
  ];
  console.log(`| ${cells.join(' | ')} |`);
  console.log(`table: ${await contents()}`);
}
client.destroy();
await emulator.stop();
