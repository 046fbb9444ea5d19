/**
 * CPU time per event of the function's hot path at each level, against level 0, and how many bytes of deltas a batch
 * makes. See README.md beside this file.
 *
 *     npx tsx bench/level-cost.ts [events, 200,000 unless said]
 */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { nodeCompression } from '#adapters/node-compression.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { AGGREGATE_LIMITS } from '#app/aggregate/limits.ts';
import { RecordCursor } from '#app/aggregate/record-cursor.ts';
import { takeChunk } from '#app/aggregate/take-chunk.ts';
import { openEventFile } from '#cli/read-events/open-event-file.ts';
import type { EpochMs, ShardId, StreamId } from '#core/brand.ts';
import { type Level, NO_LOAD } from '#core/degradation/ladder.ts';
import type { Pipeline, Priority } from '#core/pipeline/pipeline.ts';
import { EMPTY_HEAD, type Head, holeBytes, pendingBytes } from '#core/protocol/head.ts';
import { nextHead } from '#core/protocol/next-head.ts';
import { parseSequence } from '#core/protocol/position.ts';
import { toPackableEvent } from '#core/records/packable-event.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import flights from '#pipelines/flights.ts';

const FILE = fileURLToPath(new URL('../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url));
const EVENTS_PER_RECORD = 3500;
const RECORDS_PER_BATCH = 10;
const ROUNDS = 9;
/** What must stay exact: how many flights of each airport there were, and how late. */
const ESSENTIAL = new Set(['delays_by_origin flights', 'delays_by_origin delay']);

const shard = { stream: 'bench@0' as StreamId, shard: 'shardId-000000000000' as ShardId };
const arrival = Date.parse('2001-12-31T00:00:00Z') as EpochMs;
const packTools = { gzip: (bytes: Uint8Array) => gzipSync(bytes), utf8: (text: string) => Buffer.from(text) };

function withPriority(priority: () => Priority): Pipeline {
  return {
    ...flights,
    capacity: { eventsPerSecond: 1 },
    priority,
    aggregates: flights.aggregates.map((aggregate) => ({
      ...aggregate,
      metrics: aggregate.metrics.map((metric) => ({
        ...metric,
        essential: ESSENTIAL.has(`${aggregate.name} ${metric.name}`),
      })),
    })),
  };
}

async function readRecords(count: number): Promise<StreamRecord[]> {
  const records: StreamRecord[] = [];
  const file = await openEventFile(FILE);
  let waiting: unknown[] = [];
  for await (const batch of file.batches()) {
    for (const event of batch) if (event.kind === 'event') waiting.push(event.value);
    while (waiting.length >= EVENTS_PER_RECORD && records.length * EVENTS_PER_RECORD < count) {
      const packable = waiting.slice(0, EVENTS_PER_RECORD).map(toPackableEvent);
      waiting = waiting.slice(EVENTS_PER_RECORD);
      const data = encodePackedColumns(
        packable.filter((event) => event !== undefined),
        packTools,
      );
      records.push({ sequence: parseSequence(String(records.length + 1)), arrival, data });
    }
    if (records.length * EVENTS_PER_RECORD >= count) break;
  }
  return records;
}

const records = await readRecords(Number(process.argv[2] ?? 200_000));
const batches = Array.from({ length: Math.ceil(records.length / RECORDS_PER_BATCH) }, (_, i) =>
  records.slice(i * RECORDS_PER_BATCH, (i + 1) * RECORDS_PER_BATCH),
);
const bounds = { ...AGGREGATE_LIMITS, eventsMax: Number.POSITIVE_INFINITY, isTimeUp: () => false };

/** Decodes, checks and aggregates all batches, and makes the heads of it. Returns the bytes of their deltas and holes. */
function run(pipeline: Pipeline, level: Level): number {
  let bytes = 0;
  for (const batch of batches) {
    const cursor = new RecordCursor(batch, recordTools);
    let head: Head = { ...EMPTY_HEAD, load: { ...NO_LOAD, level } };
    for (;;) {
      const chunk = takeChunk(pipeline, shard, head, cursor.eventsBeyond(head.position), bounds);
      const { ledger, newest, position, watermark } = chunk;
      const hole = chunk.left?.hole(position, nodeCompression) ?? null;
      const commit = { position, ledger, watermark, newest, hole, deltas: chunk.deltas.deltas() };
      const nothing = { suspect: null, crashes: null, seen: null, foldedBytes: new Map<string, number>() };
      const { pendingBytesSoft } = AGGREGATE_LIMITS;
      ({ head } = nextHead(head, { ...commit, ...nothing, pendingBytesSoft }, nodeCompression));
      bytes += pendingBytes(head.pending) + holeBytes(head.holes);
      // As if all of it had been folded.
      head = { ...head, pending: [], holes: [] };
      if (chunk.last) break;
    }
  }
  return bytes;
}

const stages: Readonly<Record<string, () => number>> = {
  'level 0': () =>
    run(
      withPriority(() => 'normal'),
      0,
    ),
  'level 1: reduced': () =>
    run(
      withPriority(() => 'normal'),
      1,
    ),
  'level 2, an event of low priority: held': () =>
    run(
      withPriority(() => 'low'),
      2,
    ),
};

/** Microseconds of CPU an event. All stages in turn in each round, so that a busy machine slows them alike. */
const times = new Map(Object.keys(stages).map((stage) => [stage, [] as number[]]));
const bytes = new Map<string, number>();
for (let round = 0; round < ROUNDS; round++) {
  for (const [stage, go] of Object.entries(stages)) {
    const before = process.cpuUsage();
    bytes.set(stage, go());
    const { system, user } = process.cpuUsage(before);
    times.get(stage)?.push((user + system) / (records.length * EVENTS_PER_RECORD));
  }
}
const best = new Map([...times].map(([stage, each]) => [stage, Math.min(...each)]));
const [whole = Number.NaN] = best.values();
const [wholeBytes = Number.NaN] = bytes.values();
for (const [stage, micros] of best) {
  const share = (bytes.get(stage) ?? 0) / wholeBytes;
  console.log(
    `${stage.padEnd(42)} ${micros.toFixed(2)} µs an event, ${(micros / whole).toFixed(2)} × level 0; bytes written ${share.toFixed(2)} ×`,
  );
}
