import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { CreateQueueCommand, DeleteQueueCommand, PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import type { EventSourceSettings } from '#contracts/event-source.ts';
import { AlarmWatch } from '#local/alarms/alarm-watch.ts';
import { addEmbeddedMetrics } from '#local/alarms/emf-metrics.ts';
import { MappingMeter } from '#local/alarms/meter-mapping.ts';
import { QueueMeter } from '#local/alarms/meter-queue.ts';
import { MetricStore } from '#local/alarms/metric-store.ts';
import {
  type AlarmTemplate,
  alarmsOfTemplate,
  compositesOfTemplate,
  type WatchedAlarm,
} from '#local/alarms/template-alarms.ts';
import { bundleScript } from '#local/bundle-script.ts';
import { type EmulatorClients, emulatorClients } from '#local/emulator-clients.ts';
import type { Emulator } from '#local/emulators/emulator.ts';
import type { EndedInvocation, InvokeFunction } from '#local/event-source-mapping/ports.ts';
import { type ServiceFront, serviceError, startFront } from '#local/limits/forwarding-server.ts';
import { SHARD_LIMITS, streamLimits } from '#local/limits/stream-limits.ts';
import { TABLE_LIMITS, tableLimits } from '#local/limits/table-limits.ts';
import { resourceNames } from '#local/resource-names.ts';
import type { Runtime } from '#local/runtime.ts';
import { startRuntime } from '#local/start-runtime.ts';
import { CLOCK_FILE_VARIABLE } from './child-date.ts';
import { MEMORY_FILE_VARIABLE, type MemoryFault } from './child-memory.ts';
import { localNames, MAPPING } from './local-names.ts';
import { Neighbours } from './neighbours.ts';
import { VirtualDate } from './virtual-date.ts';

const PIPELINE = 'flights';
const PIPELINE_FILE = fileURLToPath(new URL('../../../pipelines/flights.ts', import.meta.url));
const CHILD_MEMORY_FILE = fileURLToPath(new URL('./child-memory.ts', import.meta.url));
const CHILD_DATE_FILE = fileURLToPath(new URL('./child-date.ts', import.meta.url));
const MINUTE_MS = 60_000;

/** The quotas that a test can reach without moving gigabytes; what they do is what the real ones do. */
const LIMITS = {
  // Lambda polls once a second, this machine's mapping five times: its own reads are not to be refused.
  stream: { ...SHARD_LIMITS, reads: 30 },
  table: { ...TABLE_LIMITS, account: { reads: 1500, writes: 1500 }, maximum: { reads: 1000, writes: 1000 } },
};

/** What goes wrong while it is set. */
export interface Faults {
  /** The mapping does not poll. */
  mappingDisabled: boolean;
  /** How many records may still be read, one at a time; no limit unless set. */
  readsLeft: number | undefined;
  /** The account has no concurrency left for the function. */
  noConcurrency: boolean;
  /** The function's process is killed in each invocation. */
  crashes: boolean;
  /** The table answers that it is broken. */
  tableDown: boolean;
  /** Requests to the table wait here. */
  tableHangs: Promise<void> | undefined;
  /** Which of the table's limits is low enough to be met first. */
  tableLimit: 'partition' | 'account' | 'maximum';
}

export const VALID = {
  date: '2001/01/01 00:47',
  delay: 66,
  distance: 1750,
  origin: 'DTW',
  destination: 'LAS',
};
const INVALID = { ...VALID, origin: 'DETROIT' };

/**
 * The embedded runtime with the flights pipeline, on a clock that is put ahead from minute to minute; services that
 * have their limits; everything metered as AWS meters it; and the alarms of a synthesized template over that.
 */
export class AlarmRig {
  readonly date = new VirtualDate();
  readonly store = new MetricStore();
  readonly alarms: ReadonlyMap<string, WatchedAlarm>;
  readonly composite: string;
  readonly #faults: Faults = {
    mappingDisabled: false,
    readsLeft: undefined,
    noConcurrency: false,
    crashes: false,
    tableDown: false,
    tableHangs: undefined,
    tableLimit: 'partition',
  };
  /** Gives an event to the function, as Lambda would. */
  invoke: InvokeFunction = () => Promise.reject(new Error('the runtime has not begun'));
  /** The last event that the mapping gave to the function. */
  lastEvent = '';
  /** Blobs of metrics that the function published. */
  blobs = 0;
  ended = 0;
  reads = 0;
  tableRequests = 0;
  clients!: EmulatorClients;
  runtime!: Runtime;
  readonly #watch: AlarmWatch;
  readonly #meter: MappingMeter;
  readonly #fronts: Emulator[] = [];
  readonly #names = resourceNames(PIPELINE);
  #queues: QueueMeter[] = [];
  #waiting: (() => void)[] = [];
  #folder = '';
  neighbours!: Neighbours;

  private constructor(template: AlarmTemplate) {
    const names = this.#names;
    const alarms = alarmsOfTemplate(template, localNames(template, names));
    const composites = compositesOfTemplate(template);
    const runbook = (text: string) => /runbooks\/(.*)\.md$/.exec(text)?.[1] ?? text;
    this.alarms = new Map(alarms.map((alarm) => [runbook(alarm.description), alarm]));
    this.composite = composites[0]?.logicalId ?? '';
    this.#watch = new AlarmWatch(this.store, alarms, composites);
    this.#meter = new MappingMeter(this.store, {
      stream: names.stream,
      function: names.function,
      mapping: MAPPING,
    });
  }

  static async start(
    template: AlarmTemplate,
    eventSource: Partial<EventSourceSettings> = {},
    canaries = false,
  ): Promise<AlarmRig> {
    const rig = new AlarmRig(template);
    rig.date.jumpToNext(MINUTE_MS * 5);
    await rig.#startRuntime(eventSource, canaries);
    return rig;
  }

  async stop(): Promise<void> {
    this.set({ mappingDisabled: false, readsLeft: undefined, tableHangs: undefined });
    await this.runtime.stop();
    this.clients.destroy();
    this.neighbours.destroy();
    for (const front of this.#fronts) await front.stop();
    await rm(this.#folder, { recursive: true, force: true });
    this.date.restore();
  }

  /** Makes something go wrong, or well again. */
  set(changes: Partial<Faults>): void {
    Object.assign(this.#faults, changes);
    this.#told();
  }

  state(name: string): string {
    const id = this.alarms.get(name)?.logicalId ?? this.composite;
    return this.#watch.state(id);
  }

  /** All alarms that are on. */
  firing(): string[] {
    return [...this.alarms.keys()].filter((name) => this.state(name) === 'ALARM');
  }

  /** Does something, and lets the period end in which it was done; the alarms look at it then. */
  async period(work: () => Promise<void>, periodMs = MINUTE_MS): Promise<void> {
    await work();
    this.#meter.sample(this.runtime.usage().mapping);
    for (const queue of this.#queues) await queue.sample();
    this.date.jumpToNext(periodMs);
    this.#watch.evaluate(Date.now());
    // What waits for a moment that has been jumped over looks at the clock again.
    this.#wake();
  }

  /** Lets periods go by, each with that work, until the alarm has the state; gives how many it took. */
  async until(name: string, state: string, work: () => Promise<void>): Promise<number> {
    const alarm = this.alarms.get(name);
    const periodMs = alarm?.periodMs ?? MINUTE_MS;
    const periodsMax = (alarm?.periods ?? 15) + 4;
    for (let periods = 1; periods <= periodsMax; periods++) {
      await this.period(work, periodMs);
      if (this.state(name) === state) return periods;
    }
    return expect.fail(`${name} is ${this.state(name)} after ${periodsMax} periods, not ${state}`);
  }

  /** Puts events in one record, or the same in several. */
  async put(events: readonly object[], records = 1): Promise<void> {
    const data = Buffer.from(`${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
    const Records = Array.from({ length: records }, () => ({ Data: data, PartitionKey: String(this.ended) }));
    await this.clients.kinesis.send(new PutRecordsCommand({ StreamName: this.#names.stream, Records }));
  }

  /** A minute as it should be: some events of now, all of them aggregated, and windows closed. */
  readonly healthy = async (): Promise<void> => {
    await this.putOfNow();
    await this.runtime.drained();
    await this.close();
  };

  /** Puts some events that have just happened. */
  async putOfNow(): Promise<void> {
    const flight = { ...VALID, date: new Date().toISOString() };
    await this.put([flight, flight, flight]);
  }

  /** What is wrong with the memory of the function's processes from now on. */
  async setMemory(fault: MemoryFault): Promise<void> {
    await writeFile(this.#memoryFile, fault);
  }

  /** Runs the function `close`, with the time that it is here. */
  async close(): Promise<void> {
    await writeFile(this.#clockFile, String(this.date.aheadMs));
    await this.runtime.close();
  }

  /** Rejected events come in, and so many good ones for each. */
  readonly invalid =
    (count: number, validEach = 0) =>
    async (): Promise<void> => {
      const good = Array.from({ length: count * validEach }, () => VALID);
      await this.put([...good, ...Array.from({ length: count }, () => INVALID)]);
      await this.runtime.drained();
    };

  /** Waits until one of the rig's counters has gone up, whatever else happens. */
  async next(counter: 'blobs' | 'ended' | 'reads' | 'tableRequests'): Promise<void> {
    const before = this[counter];
    this.#wake();
    await this.#progress(() => this[counter] > before);
  }

  /** Waits until something is told that is true then. */
  async #progress(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async removeFailureQueue(): Promise<void> {
    await this.clients.sqs.send(
      new DeleteQueueCommand({ QueueUrl: this.runtime.environment['WEIR_FAILURE_QUEUE_URL'] }),
    );
    this.#queues = this.#queues.slice(0, 1);
  }

  async makeFailureQueue(): Promise<void> {
    await this.clients.sqs.send(new CreateQueueCommand({ QueueName: this.#names.failureQueue }));
    this.#meterQueues();
  }

  async purge(queue: 'WEIR_DEAD_LETTER_QUEUE_URL' | 'WEIR_FAILURE_QUEUE_URL'): Promise<void> {
    await this.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: this.runtime.environment[queue] }));
  }

  get names() {
    return this.#names;
  }

  get #memoryFile(): string {
    return join(this.#folder, 'memory-fault');
  }

  get #clockFile(): string {
    return join(this.#folder, 'ahead-ms');
  }

  async #startRuntime(eventSource: Partial<EventSourceSettings>, canaries: boolean): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
    const childDate = join(this.#folder, 'child-date.mjs');
    await bundleScript(CHILD_DATE_FILE, childDate);
    const childMemory = join(this.#folder, 'child-memory.mjs');
    await bundleScript(CHILD_MEMORY_FILE, childMemory);
    await this.setMemory('none');
    this.runtime = await startRuntime({
      // Closed as the rig says, and not by the clock.
      closeEveryMs: 24 * 60 * MINUTE_MS,
      canaries,
      pipelineFile: PIPELINE_FILE,
      pipelineName: PIPELINE,
      processesMax: 2,
      eventSource: { maxBatchingWindowSeconds: 0, ...eventSource },
      onMetrics: (blob) => {
        addEmbeddedMetrics(this.store, blob, Date.now());
        this.blobs += 1;
        this.#told();
      },
      between: {
        aggregateEnvironment: (variables) => ({
          ...variables,
          NODE_OPTIONS: `--enable-source-maps --import ${pathToFileURL(childMemory).href}`,
          [MEMORY_FILE_VARIABLE]: this.#memoryFile,
        }),
        scheduledEnvironment: (variables) => ({
          ...variables,
          NODE_OPTIONS: `--enable-source-maps --import ${pathToFileURL(childDate).href}`,
          [CLOCK_FILE_VARIABLE]: this.#clockFile,
        }),
        endpoints: async (endpoints) => ({
          ...endpoints,
          kinesis: await this.#front(
            endpoints.kinesis,
            streamLimits(this.store, this.#names.stream, LIMITS.stream),
          ),
          dynamodb: await this.#front(endpoints.dynamodb, this.#table()),
        }),
        stream: (stream) => {
          const metered = this.#meter.stream(stream);
          return {
            listShards: () => metered.listShards(),
            shard: (shardId) => {
              const shard = metered.shard(shardId);
              return {
                read: async (after, recordsMax, closed) => {
                  const faults = this.#faults;
                  await this.#progress(() => !faults.mappingDisabled && faults.readsLeft !== 0);
                  const slowly = faults.readsLeft !== undefined;
                  if (faults.readsLeft !== undefined) faults.readsLeft -= 1;
                  const read = await shard.read(after, slowly ? 1 : recordsMax, closed);
                  this.reads += 1;
                  this.#told();
                  return read;
                },
              };
            },
          };
        },
        invoke: (invoke) => {
          this.invoke = this.#meter.invoke((event) => this.#faultyInvoke(event, invoke));
          return async (event) => {
            this.lastEvent = event;
            const ended = await this.invoke(event);
            this.ended += 1;
            this.#told();
            return ended;
          };
        },
      },
    });
    this.runtime.onInvocation(({ type }) => {
      if (type === 'started' && this.#faults.crashes) this.runtime.killInFlight();
    });
    const at = (service: string) => this.runtime.environment[`AWS_ENDPOINT_URL_${service}`] ?? '';
    this.clients = emulatorClients({
      ...{ kinesis: at('KINESIS'), dynamodb: at('DYNAMODB'), sqs: at('SQS'), s3: at('S3') },
    });
    this.neighbours = new Neighbours(this.store, this.#names, {
      kinesis: at('KINESIS'),
      dynamodb: at('DYNAMODB'),
    });
    this.#meterQueues();
  }

  #faultyInvoke(event: string, invoke: InvokeFunction): Promise<EndedInvocation> {
    if (this.#faults.noConcurrency)
      return Promise.resolve({ requestId: 'none', outcome: { type: 'not_invoked' } });
    return invoke(event);
  }

  /** The table with its limits; those that are not to be met are as in AWS. */
  #table(): ServiceFront {
    const { account, maximum, partition } = LIMITS.table;
    const fronts = {
      partition: tableLimits(this.store, this.#names.table, { ...TABLE_LIMITS, partition }),
      account: tableLimits(this.store, this.#names.table, { ...TABLE_LIMITS, account }),
      maximum: tableLimits(this.store, this.#names.table, { ...TABLE_LIMITS, maximum }),
    };
    return async (request, forward) => {
      this.tableRequests += 1;
      this.#told();
      await this.#faults.tableHangs;
      if (this.#faults.tableDown) return serviceError(500, 'InternalServerError', 'The service is broken.');
      return fronts[this.#faults.tableLimit](request, forward);
    };
  }

  async #front(endpoint: string, front: ServiceFront): Promise<string> {
    const started = await startFront(endpoint, front);
    this.#fronts.push(started);
    return started.endpoint;
  }

  #meterQueues(): void {
    const urls = ['WEIR_DEAD_LETTER_QUEUE_URL', 'WEIR_FAILURE_QUEUE_URL'].map(
      (name) => this.runtime.environment[name] ?? '',
    );
    this.#queues = urls.map((url) => new QueueMeter(this.store, this.clients.sqs, url));
  }

  #told(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Has pollers look at the clock, whatever they wait for. */
  #wake(): void {
    this.#told();
    this.runtime.drained().catch(() => {});
  }
}
