import { setTimeout as sleepReal } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DuckDBInstance } from '@duckdb/node-api';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import type { AggregateRow } from '#app/query/aggregate-rows.ts';
import { type AggregateAnswer, answerAggregate, type WindowState } from '#app/query/answer-aggregate.ts';
import { readHeads } from '#app/query/read-heads.ts';
import type { WindowStart } from '#core/brand.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import type { Head } from '#core/protocol/head.ts';
import type { Position } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { SoakPipeline } from '../soak-pipelines.ts';
import { type ArrivedEvents, COLUMNS, paddedSequence } from './arrived-events.ts';

const MINUTE_MS = 60_000;
/** Windows that are looked at: all of whose events are among those that are kept. */
const WINDOWS_MS = 15 * MINUTE_MS;
const AGGREGATE = 'orders_by_region';
const ATTEMPTS_MAX = 500;
const BETWEEN_MS = 10;

/** What a reader found at one moment of a run under load, and what was in the stream by then. */
export interface Look {
  readonly minute: number;
  /** How long the oldest event had waited that was in no answer. */
  readonly staleMs: number;
  /** The highest of the shards. */
  readonly level: number;
  /** Rows of events that are not of low priority. */
  readonly rows: number;
  /** Those whose essential metrics are not what DuckDB makes of what the shards had counted by then. */
  readonly wrong: number;
  /** The first of them. */
  readonly example: string | undefined;
  /** Windows that do not lack what they say that they lack, of events of low priority. */
  readonly wrongHoles: number;
  /** Windows that say that they lack something. */
  readonly lacking: number;
}

export interface LookedAt {
  readonly dynamodb: DynamoDBClient;
  readonly tableName: string;
  readonly soakPipeline: SoakPipeline;
  readonly arrived: ArrivedEvents;
  readonly nowMs: number;
  readonly minute: number;
}

/** Looks at the newest windows as a reader does, and compares them with the events that the shards' positions stand for. */
export async function lookUnderLoad(looked: LookedAt): Promise<Look> {
  const { arrived, minute, nowMs, soakPipeline } = looked;
  const aggregate = soakPipeline.pipeline.aggregates.find(({ name }) => name === AGGREGATE);
  if (aggregate === undefined) throw new Error(`${soakPipeline.pipeline.name} has no ${AGGREGATE}`);
  const from = Math.floor((nowMs - WINDOWS_MS) / MINUTE_MS) * MINUTE_MS;
  const { answer, heads } = await steadyAnswer(looked, aggregate, from as WindowStart);
  const positions = new Map([...heads].map(([shard, { position }]) => [shard, position]));
  const expected = await expectedRows(arrived.files, positions, from, exactOf(soakPipeline));
  return {
    minute,
    staleMs: arrived.oldestMs(positions, nowMs),
    level: Math.max(0, ...[...heads.values()].map(({ load }) => load.level)),
    ...compare(answer, expected, aggregate, soakPipeline),
  };
}

/** An answer, and the heads that it is of: nobody has written them meanwhile. */
async function steadyAnswer(
  { dynamodb, soakPipeline, tableName }: LookedAt,
  aggregate: Aggregate,
  from: WindowStart,
): Promise<{ answer: AggregateAnswer; heads: ReadonlyMap<string, Head> }> {
  const { name } = soakPipeline.pipeline;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const table = new HeadsSeen(dynamodb, tableName, name);
    const answer = await answerAggregate({ table, compression: nodeCompression }, aggregate, { from });
    const after = await readHeads(new DynamoTable(dynamodb, tableName, name));
    if (after.every(({ head, shard }) => table.heads.get(shard.shard)?.rev === head.rev))
      return { answer, heads: table.heads };
    await sleepReal(BETWEEN_MS);
  }
  throw new Error(`heads were written at each of ${ATTEMPTS_MAX} attempts to read an answer, in no time`);
}

/** A table that keeps the heads of shards that were read. */
class HeadsSeen extends DynamoTable {
  readonly heads = new Map<string, Head>();

  override async readHead(key: ShardKey): Promise<Head | undefined> {
    const head = await super.readHead(key);
    if (head !== undefined && !key.shard.includes('.')) this.heads.set(key.shard, head);
    return head;
  }
}

type Expected = Readonly<Record<string, unknown>>;

async function expectedRows(
  files: readonly string[],
  positions: ReadonlyMap<string, Position>,
  from: number,
  metrics: Readonly<Record<string, string>>,
): Promise<Expected[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const counted = [...positions].map(([shard, { events, sequence }]) => {
      const at = paddedSequence(sequence);
      const within = events === null ? 'true' : `place < ${events}`;
      return `(shard = '${shard}' AND (sequence < '${at}' OR (sequence = '${at}' AND ${within})))`;
    });
    const values = Object.entries(metrics).map(([name, sql]) => `(${sql})::DOUBLE AS "${name}"`);
    const rows = await connection.runAndReadAll(`
      WITH once AS (
        SELECT DISTINCT ON (id) *
        FROM read_csv([${files.map((file) => `'${file}'`).join(', ')}], header = false, columns = ${COLUMNS})
        WHERE time >= ${from} AND (${counted.join(' OR ') || 'false'})
      )
      SELECT (time // ${MINUTE_MS}) * ${MINUTE_MS} AS start, region, source, ${values.join(', ')}
      FROM once GROUP BY ALL`);
    return rows.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function exactOf({ exact }: SoakPipeline): Readonly<Record<string, string>> {
  return exact[AGGREGATE] ?? {};
}

function compare(
  { rows, windows }: AggregateAnswer,
  expected: readonly Expected[],
  { metrics }: Aggregate,
  soakPipeline: SoakPipeline,
): Pick<Look, 'rows' | 'wrong' | 'example' | 'wrongHoles' | 'lacking'> {
  const all = Object.keys(exactOf(soakPipeline));
  const essential = all.filter((name) => metrics.some((one) => one.name === name && one.essential));
  const holes = new Map(windows.map((window) => [window.windowStart as number, window.holes]));
  const found = new Map(rows.map((row) => [keyOf(row.windowStart, row.group), row]));
  let wrong = 0;
  let example: string | undefined;
  const isShop = ({ group }: AggregateRow) => group['source'] === 'shop';
  const wanted = expected.filter(({ source }) => source === 'shop');
  for (const row of wanted) {
    const got = found.get(keyOf(Number(row['start']), row));
    // What is said to lack nothing lacks nothing.
    const exact = holes.get(Number(row['start'])) === undefined ? all : essential;
    if (exact.every((name) => got?.metrics[name] === row[name])) continue;
    wrong += 1;
    example ??= `${JSON.stringify(got)}, not ${JSON.stringify(row)}`;
  }
  const extra = Math.max(0, rows.filter(isShop).length - wanted.length);
  return {
    rows: wanted.length,
    wrong: wrong + extra,
    example,
    wrongHoles: windows.filter((window) => !isHeld(window, rows, expected)).length,
    lacking: windows.filter((window) => window.holes !== undefined).length,
  };
}

/** Whether a window's events of low priority are those that it has, and those that it says are held. */
function isHeld(
  { holes, windowStart }: WindowState,
  rows: readonly AggregateRow[],
  expected: readonly Expected[],
): boolean {
  const put = expected
    .filter(({ source, start }) => source === 'import' && Number(start) === windowStart)
    .reduce((sum, { orders }) => sum + Number(orders), 0);
  const counted = rows
    .filter(({ group, windowStart: start }) => start === windowStart && group['source'] === 'import')
    .reduce((sum, { metrics }) => sum + Number(metrics['orders']), 0);
  return put === counted + (holes?.held ?? 0);
}

function keyOf(start: number, { region, source }: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([start, region, source]);
}
