import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListShardsCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { expect, onTestFinished, vi } from 'vitest';
import { awsConfig } from '#adapters/aws-config.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import type { ScaleReport } from '#app/scale/scale-stream.ts';
import { emulatorClients } from '#local/emulator-clients.ts';
import { startRuntime } from '#local/start-runtime.ts';
import flights from '#pipelines/flights.ts';

const PIPELINE_FILE = fileURLToPath(new URL('../../pipelines/flights.ts', import.meta.url));
const ORIGINS = ['DTW', 'LAS', 'SFO'] as const;
const DESTINATION = 'ORD';
const EVENT_BYTES = 105;
/** Each takes its share of the keys, so that a look at a part of a second sees all of them. */
const PUTS_A_ROUND = 2;
const PUT_EVERY_MS = 200;
/** What is put, as a multiple of what one shard is to carry: it stays enough on a machine that is half as quick. */
const LOAD = 4;
const PERIOD_MS = 3000;
/** As long as a slow machine may take; the test goes on as soon as what it waits for is there. */
const PATIENCE_MS = 120_000;

/** Where Kinesis puts a partition key, in hexadecimal digits. */
export const md5 = (key: string) => createHash('md5').update(key).digest('hex');

/** Keys whose hashes begin with one of these hexadecimal digits: four of them are one of four shards. */
export function keysIn(digits: string, count: number): string[] {
  const keys: string[] = [];
  for (let i = 0; keys.length < count; i++) {
    const key = `${digits} ${i}`;
    if (digits.includes(md5(key).slice(0, 1))) keys.push(key);
  }
  return keys;
}

/** 40 records of 40 keys, evenly in four shards. */
export const OTHERS = ['0123', '4567', '89ab', 'cdef'].flatMap((digits) => keysIn(digits, 10));

/** The embedded runtime with a stream of four shards, which are scaled, and a producer that knows what it has put. */
export class ScaledRun {
  static async start(keys: readonly string[]): Promise<ScaledRun> {
    const bytesPerSecond = (keys.length * EVENT_BYTES * 1000) / (PUTS_A_ROUND * PUT_EVERY_MS);
    const logs: string[] = [];
    const runtime = await startRuntime({
      ...{ pipelineFile: PIPELINE_FILE, pipelineName: 'flights', streamEngine: 'kinesis-local', shards: 4 },
      ...{ processesMax: 1, eventSource: { maxBatchingWindowSeconds: 0 }, closeEveryMs: 2000 },
      scale: {
        ...{ shardsMin: 2, shardsMax: 24, everyMs: PERIOD_MS, calmMs: 4 * PERIOD_MS },
        shardBytesPerSecond: bytesPerSecond / LOAD,
      },
      onLog: (line) => logs.push(line),
    });
    onTestFinished(() => runtime.stop());
    for (const [name, value] of Object.entries(runtime.environment)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    return new ScaledRun(runtime, keys, logs);
  }

  readonly logs: readonly string[];
  readonly #runtime: Awaited<ReturnType<typeof startRuntime>>;
  readonly #keys: readonly string[];
  readonly #clients: ReturnType<typeof emulatorClients>;
  readonly #stream: string;
  /** By origin, what was put. */
  readonly put = new Map<string, { flights: number; delay: number; worst: number; miles: number }>();
  events = 0;
  #stop = new AbortController();
  #putting: Promise<void> = Promise.resolve();

  private constructor(
    runtime: Awaited<ReturnType<typeof startRuntime>>,
    keys: readonly string[],
    logs: readonly string[],
  ) {
    const at = (service: string) => runtime.environment[`AWS_ENDPOINT_URL_${service}`] ?? '';
    this.#clients = emulatorClients({
      ...{ kinesis: at('KINESIS'), dynamodb: at('DYNAMODB'), sqs: at('SQS'), s3: at('S3') },
    });
    onTestFinished(() => this.#clients.destroy());
    onTestFinished(() => this.stopPutting());
    this.#runtime = runtime;
    this.#keys = keys;
    this.#stream = runtime.environment['WEIR_STREAM'] ?? '';
    this.logs = logs;
  }

  startPutting(): void {
    this.#stop = new AbortController();
    this.#putting = this.#putOn(this.#stop.signal);
  }

  stopPutting(): Promise<void> {
    this.#stop.abort();
    return this.#putting;
  }

  /** Puts a record of every key. */
  putRound(): Promise<void> {
    return this.#put(this.#keys);
  }

  async #putOn(signal: AbortSignal): Promise<void> {
    for (let part = 0; !signal.aborted; part = (part + 1) % PUTS_A_ROUND) {
      const next = sleep(PUT_EVERY_MS);
      await this.#put(this.#keys.filter((_, i) => i % PUTS_A_ROUND === part));
      await next;
    }
  }

  async #put(keys: readonly string[]): Promise<void> {
    const Records = keys.map((key) => ({ PartitionKey: key, Data: Buffer.from(this.#event()) }));
    const input = { StreamName: this.#stream, Records };
    const { FailedRecordCount } = await this.#clients.kinesis.send(new PutRecordsCommand(input));
    if (FailedRecordCount) throw new Error(`${FailedRecordCount} records were refused`);
  }

  #event(): string {
    const at = this.events++;
    const origin = ORIGINS[at % ORIGINS.length] ?? '';
    const delay = ((at * 7919) % 211) - 20;
    const distance = 100 + (at % 97);
    const so = this.put.get(origin) ?? { flights: 0, delay: 0, worst: -Infinity, miles: 0 };
    this.put.set(origin, {
      flights: so.flights + 1,
      delay: so.delay + delay,
      worst: Math.max(so.worst, delay),
      miles: so.miles + distance,
    });
    // All of one hour: no order of shards makes one of them late.
    const date = `2001-01-01T00:${String(10 + (at % 40)).padStart(2, '0')}:00Z`;
    return JSON.stringify({ date, delay, distance, origin, destination: DESTINATION });
  }

  /** Shares of a round's records that each open shard gets, by the keys' hashes and the ranges that Kinesis tells. */
  async shares(): Promise<number[]> {
    const { Shards = [] } = await this.#clients.kinesis.send(
      new ListShardsCommand({ StreamName: this.#stream, MaxResults: 1000 }),
    );
    const open = Shards.filter(({ SequenceNumberRange: range }) => range?.EndingSequenceNumber === undefined);
    return open.map(({ HashKeyRange: range }) => {
      const first = BigInt(range?.StartingHashKey ?? 0);
      const last = BigInt(range?.EndingHashKey ?? 0);
      const taken = this.#keys.filter((key) => {
        const hash = BigInt(`0x${md5(key)}`);
        return first <= hash && hash <= last;
      });
      return taken.length / this.#keys.length;
    });
  }

  /** The fullest shard, as a multiple of the mean. */
  async unevenness(): Promise<number> {
    const shares = await this.shares();
    const sum = shares.reduce((all, share) => all + share, 0);
    assert.ok(Math.abs(sum - 1) < 1e-9, `the open shards have ${sum} of the load`);
    return Math.max(...shares) * shares.length;
  }

  /** Runs the function, beside its schedule, until that is so. Gives all reports. */
  async scaleUntil(isDone: (reports: readonly ScaleReport[]) => boolean | Promise<boolean>) {
    const reports: ScaleReport[] = [];
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      reports.push((await this.#runtime.scale()) as ScaleReport);
      if (await isDone(reports)) return reports;
      await sleep(PERIOD_MS / 2);
    }
    return expect.fail(`not done in time: ${JSON.stringify(reports.slice(-3))}`);
  }

  /** Waits for all that was put, and compares it with what was counted, to the last event. */
  async expectExact(): Promise<void> {
    await this.#runtime.drained();
    await this.#runtime.close();
    const dynamo = new DynamoDBClient(awsConfig());
    onTestFinished(() => dynamo.destroy());
    const table = new DynamoTable(dynamo, this.#runtime.environment['WEIR_TABLE'] ?? '', 'flights');
    const { aggregated, late, received } = (await readLedger(table)).total;
    assert.deepEqual(
      { aggregated, late, received },
      { aggregated: this.events, late: 0, received: this.events },
    );
    const deps = { table, compression: nodeCompression };
    const [byOrigin = [], byRoute = []] = await Promise.all(
      flights.aggregates.map(async (aggregate) => (await answerAggregate(deps, aggregate, {})).rows),
    );
    const wanted = [...this.put].map(([origin, { delay, flights: count, worst, miles }]) => ({
      origin,
      hour: { flights: count, delay: delay / count, worst },
      day: { flights: count, miles },
    }));
    const rows = { byOrigin: byOrigin.length, byRoute: byRoute.length };
    assert.deepEqual(rows, { byOrigin: ORIGINS.length, byRoute: ORIGINS.length });
    for (const { day, hour, origin } of wanted) {
      const ofOrigin = byOrigin.find(({ group }) => group['origin'] === origin)?.metrics;
      const ofRoute = byRoute.find(({ group }) => group['origin'] === origin)?.metrics;
      assert.deepEqual({ ...ofOrigin }, hour);
      assert.deepEqual({ flights: ofRoute?.['flights'], miles: ofRoute?.['miles'] }, day);
    }
  }
}
