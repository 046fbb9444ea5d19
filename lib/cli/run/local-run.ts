import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsConfig } from '#adapters/aws-config.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import type { Producer } from '#app/produce/producer.ts';
import { fillReferenceTable, type ReferenceTable } from '#local/fill-reference-table.ts';
import type { Runtime, RuntimeUsage } from '#local/runtime.ts';
import { type RuntimeOptions, startRuntime } from '#local/start-runtime.ts';
import { createProducer, type ProducerSettings } from '../../producer.ts';
import { feedEvents, type Pace } from '../feed-events.ts';
import type { LoadedPipeline } from '../load-pipeline.ts';
import type { EventFile } from '../read-events/input-event.ts';
import { useEnvironment } from '../use-environment.ts';
import { FunctionLog } from './function-log.ts';
import { keepIdsTogether } from './keep-ids-together.ts';
import { MetricCounts } from './live-counts.ts';
import { deadLetterPlace, OversizeEvents } from './oversize-events.ts';
import { readReferenceFiles } from './reference-files.ts';
import { waitUntilDrained } from './wait-until-drained.ts';

/** The stream is on this machine: if it does not take a record in this time, it never will. */
const PUT_MS_MAX = 60_000;
/** Calls side by side may come in another order than the file has: in a replay, a moment is days, and those are late. */
const CALLS_MAX = 1;

export interface LocalRunOptions {
  readonly runtime?: Pick<
    RuntimeOptions,
    'shards' | 'dataDir' | 'eventSource' | 'processesMax' | 'streamEngine' | 'closeEveryMs'
  >;
  readonly producer?: Pick<
    ProducerSettings,
    'eventsPerRecordMax' | 'recordBytesTarget' | 'lingerMs' | 'keyOf' | 'recordIds'
  >;
  /** Shows the function's log as it comes. */
  readonly onLog?: ((line: string) => void) | undefined;
}

async function fillReferenceTables({ environment }: Runtime, references: readonly ReferenceTable[]) {
  if (references.length === 0) return;
  useEnvironment(environment);
  const client = new DynamoDBClient(awsConfig());
  try {
    for (const reference of references) await fillReferenceTable(client, reference);
  } finally {
    client.destroy();
  }
}

/** A pipeline that runs on this machine, and a producer for its stream. */
export class LocalRun {
  readonly runtime: Runtime;
  readonly producer: Producer;
  readonly table: DynamoTable;
  readonly counts: MetricCounts;
  readonly #oversize: OversizeEvents;
  readonly #log: FunctionLog;
  readonly #usageAtStart: RuntimeUsage;
  /** Events read from files and given to the producer. */
  fed = 0;
  /** Whether all of them are in the stream. */
  allPut = false;

  private constructor(
    runtime: Runtime,
    { pipeline }: LoadedPipeline,
    counts: MetricCounts,
    log: FunctionLog,
    settings: ProducerSettings,
  ) {
    const { environment } = runtime;
    // This process's clients, for what the other commands would do from outside.
    useEnvironment(environment);
    const stream = environment['WEIR_STREAM'] ?? '';
    const place = deadLetterPlace(environment);
    if (place === undefined) throw new Error('the runtime names no place for dead letters');
    const oversize = new OversizeEvents(place, pipeline.name, stream);
    this.runtime = runtime;
    this.counts = counts;
    this.#log = log;
    this.#oversize = oversize;
    this.producer = createProducer({
      stream,
      deadlineMs: PUT_MS_MAX,
      callsMax: CALLS_MAX,
      ...settings,
      onOversize: (payload) => oversize.add(payload),
    });
    this.table = new DynamoTable(
      new DynamoDBClient(awsConfig()),
      environment['WEIR_TABLE'] ?? '',
      pipeline.name,
    );
    this.#usageAtStart = runtime.usage();
  }

  static async start(loaded: LoadedPipeline, options: LocalRunOptions): Promise<LocalRun> {
    const counts = new MetricCounts();
    const log = new FunctionLog(options.onLog);
    const references = await readReferenceFiles(loaded);
    const runtime = await startRuntime({
      pipelineFile: loaded.file,
      pipelineName: loaded.pipeline.name,
      repairs: loaded.pipeline.capacity !== null,
      capacity: loaded.pipeline.capacity,
      ...options.runtime,
      onMetrics: (blob) => counts.add(blob),
      onLog: (line) => log.add(line),
    });
    try {
      await fillReferenceTables(runtime, references);
      useEnvironment(runtime.environment);
      const ids = await keepIdsTogether(loaded.pipeline, runtime.environment['WEIR_STREAM'] ?? '');
      return new LocalRun(runtime, loaded, counts, log, { ...ids, ...options.producer });
    } catch (error) {
      await runtime.stop();
      throw error;
    }
  }

  /** Events too large for any record: they are in the dead-letter queue, and not in the ledger. */
  get oversize(): number {
    return this.#oversize.count;
  }

  /** Puts all events of a file into the stream. Resolves when the stream has them. */
  async feed(file: EventFile, signal: AbortSignal, pace?: Pace): Promise<number> {
    const before = this.fed;
    this.allPut = false;
    const fed = await feedEvents(file, this.producer, {
      signal,
      onFed: (events) => {
        this.fed = before + events;
        return this.#oversize.settled();
      },
      ...(pace !== undefined && { pace }),
    });
    await this.producer.flush();
    await this.#oversize.settled();
    this.allPut = true;
    return fed;
  }

  /** Resolves when all that is in the stream is aggregated or set aside; rejects where the function gets nowhere. */
  drained(signal: AbortSignal): Promise<void> {
    return waitUntilDrained(this.runtime, signal, () => this.#log.tail());
  }

  /** What the runtime has done since it was ready: making its own resources is not counted. */
  usage(): RuntimeUsage {
    const now = this.runtime.usage();
    const requests = Object.entries(now.requests)
      .map(([operation, count]): [string, number] => [
        operation,
        count - (this.#usageAtStart.requests[operation] ?? 0),
      ])
      .filter(([, count]) => count > 0);
    return {
      ...now,
      requests: Object.fromEntries(requests),
      writeUnits: now.writeUnits - this.#usageAtStart.writeUnits,
      readUnits: now.readUnits - this.#usageAtStart.readUnits,
    };
  }

  /** Ends everything. What the producer still holds is put before: it would try for ever once the stream is gone. */
  async stop(): Promise<void> {
    await this.producer.close().catch(() => {}); // told by `feed`, or nobody waits for it any more
    await this.runtime.stop();
  }
}
