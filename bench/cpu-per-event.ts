/**
 * CPU time per event of the function's hot path, against a floor: undoing gzip and JSON of the same events as lines,
 * which any consumer pays. See README.md beside this file.
 *
 *     npx tsx bench/cpu-per-event.ts [events, 200,000 unless said]
 */
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { nodeCompression } from '#adapters/node-compression.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { AGGREGATE_LIMITS } from '#app/aggregate/limits.ts';
import { RecordCursor } from '#app/aggregate/record-cursor.ts';
import { type Chunk, takeChunk } from '#app/aggregate/take-chunk.ts';
import { openEventFile } from '#cli/read-events/open-event-file.ts';
import { checkEvent } from '#core/batch/check-event.ts';
import type { EpochMs, ShardId, StreamId } from '#core/brand.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import { nextHead } from '#core/protocol/next-head.ts';
import { parseSequence } from '#core/protocol/position.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import { toPackableEvent } from '#core/records/packable-event.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import flights from '#pipelines/flights.ts';

const FILE = fileURLToPath(new URL('../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url));
/** Of flights in columns, about the 25 KB that Kinesis bills as one unit. */
const EVENTS_PER_RECORD = 3500;
/** Records an invocation gets: 6 MB of payload in base64 hold about so many. */
const RECORDS_PER_BATCH = 30;
const ROUNDS = 9;

const shard = { stream: 'bench@0' as StreamId, shard: 'shardId-000000000000' as ShardId };
const arrival = Date.parse('2001-12-31T00:00:00Z') as EpochMs;
const packTools = { gzip: (bytes: Uint8Array) => gzipSync(bytes), utf8: (text: string) => Buffer.from(text) };

const hourly: Pipeline = {
  ...flights,
  aggregates: flights.aggregates.filter(({ name }) => name === 'delays_by_origin'),
};

async function readEvents(count: number): Promise<unknown[]> {
  const events: unknown[] = [];
  const file = await openEventFile(FILE);
  for await (const batch of file.batches()) {
    for (const event of batch) if (event.kind === 'event') events.push(event.value);
    if (events.length >= count) return events.slice(0, count);
  }
  return events;
}

function inGroups<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

function pack(events: readonly unknown[]): Uint8Array {
  const packable = events.map(toPackableEvent).filter((event) => event !== undefined);
  if (packable.length < events.length) throw new Error('a flight that columns can’t carry');
  return encodePackedColumns(packable, packTools);
}

const count = Number(process.argv[2] ?? 200_000);
const events = await readEvents(count);
const groups = inGroups(events, EVENTS_PER_RECORD);
const lines = groups.map((group) => gzipSync(group.map((event) => JSON.stringify(event)).join('\n')));
const records: StreamRecord[] = groups.map((group, i) => ({
  sequence: parseSequence(String(i + 1)),
  arrival,
  data: pack(group),
}));
const batches = inGroups(records, RECORDS_PER_BATCH);

function chunksOf(pipeline: Pipeline, batch: readonly StreamRecord[]): Chunk[] {
  const cursor = new RecordCursor(batch, recordTools);
  const bounds = { ...AGGREGATE_LIMITS, eventsMax: Number.POSITIVE_INFINITY, isTimeUp: () => false };
  const chunks: Chunk[] = [];
  let from: Pick<Head, 'position' | 'watermark'> = EMPTY_HEAD;
  for (;;) {
    const chunk = takeChunk(pipeline, shard, from, cursor.eventsBeyond(from.position), bounds);
    if (chunk.letters.length > 0) throw new Error(`rejected: ${chunk.letters[0]?.rejection.detail}`);
    chunks.push(chunk);
    if (chunk.last) return chunks;
    from = chunk;
  }
}

function aggregateAll(pipeline: Pipeline): void {
  for (const batch of batches) chunksOf(pipeline, batch);
}

const stages: Readonly<Record<string, () => void>> = {
  'floor: gunzip + JSON.parse of lines': () => {
    for (const record of lines) {
      for (const line of gunzipSync(record).toString().split('\n')) JSON.parse(line);
    }
  },
  'decode packed columns': () => {
    for (const { data } of records) decodeRecord(data, recordTools);
  },
  '… and check (zod, event time)': () => {
    for (const { data } of records) {
      for (const decoded of decodeRecord(data, recordTools)) {
        if (decoded.ok) checkEvent(flights, decoded.value, arrival);
      }
    }
  },
  '… and aggregate, hourly by origin': () => aggregateAll(hourly),
  '… and aggregate, daily by route too': () => aggregateAll(flights),
  '… and make the heads of it': () => {
    for (const batch of batches) {
      let head = EMPTY_HEAD;
      for (const { deltas, position, ledger, watermark, newest } of chunksOf(flights, batch)) {
        const chunk = { position, ledger, watermark, newest, deltas: deltas.deltas() };
        const commit = { ...chunk, suspect: null, crashes: null, seen: null };
        const foldedBytes = new Map<string, number>();
        const { pendingBytesSoft } = AGGREGATE_LIMITS;
        ({ head } = nextHead(head, { ...commit, foldedBytes, pendingBytesSoft }, nodeCompression));
      }
    }
  },
};

/** Microseconds of CPU an event. All stages in turn in each round, so that a busy machine slows them alike. */
const times = new Map(Object.keys(stages).map((stage) => [stage, [] as number[]]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [stage, run] of Object.entries(stages)) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    times.get(stage)?.push((user + system) / events.length);
  }
}

const best = new Map([...times].map(([stage, each]) => [stage, Math.min(...each)]));
const [floor = Number.NaN] = best.values();
const bytes = (sizes: readonly Uint8Array[]) => sizes.reduce((sum, { length }) => sum + length, 0);
console.log(
  `${events.length} flights; a record of ${EVENTS_PER_RECORD} has ${Math.round(bytes(records.map(({ data }) => data)) / records.length)} bytes in columns, ${Math.round(bytes(lines) / lines.length)} as lines`,
);
for (const [stage, micros] of best) {
  console.log(
    `${stage.padEnd(42)} ${micros.toFixed(2)} µs an event, ${(micros / floor).toFixed(2)} × the floor`,
  );
}
