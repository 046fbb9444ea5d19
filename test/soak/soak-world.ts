import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { RepairReport } from '#app/repair/repair-report.ts';
import { seededRandom } from '#cli/try/seeded-random.ts';
import { AGGREGATE_FUNCTION } from '#contracts/aggregate-function.ts';
import { addEmbeddedMetrics } from '#local/alarms/emf-metrics.ts';
import { MappingMeter } from '#local/alarms/meter-mapping.ts';
import { QueueMeter } from '#local/alarms/meter-queue.ts';
import { MetricStore } from '#local/alarms/metric-store.ts';
import { bundleFunction } from '#local/bundle-function.ts';
import { bundleScript } from '#local/bundle-script.ts';
import { type EmulatorClients, emulatorClients } from '#local/emulator-clients.ts';
import { toEndedInvocation } from '#local/ended-invocation.ts';
import type { InvokeFunction, StreamReader } from '#local/event-source-mapping/ports.ts';
import { FunctionHost } from '#local/function-host/function-host.ts';
import type { InvocationEvent } from '#local/function-host/invocation.ts';
import { type ServiceFront, startFront } from '#local/limits/forwarding-server.ts';
import { SHARD_LIMITS, streamLimits } from '#local/limits/stream-limits.ts';
import { LOCAL_REGION, type ResourceNames, resourceNames } from '#local/resource-names.ts';
import type { Runtime } from '#local/runtime.ts';
import { startRuntime } from '#local/start-runtime.ts';
import { StopStack } from '#local/stop-stack.ts';
import { localNames, MAPPING } from '../local/alarms/local-names.ts';
import { CLOCK_FILE_VARIABLE } from './clock/clock-file.ts';
import type { StreamClock } from './clock/stream-clock.ts';
import { AlarmTimeline } from './collect/alarm-timeline.ts';
import { PROBE_FILE_VARIABLE, type ProbeSample } from './collect/child-probe.ts';
import { Minutes } from './collect/minutes.ts';
import { takeLetters } from './collect/take-letters.ts';
import { ActiveFaults } from './faults/active-faults.ts';
import { mergeNarrowest, openShards, splitWidest } from './faults/change-shards.ts';
import type { Fault, FaultSchedule } from './faults/fault-schedule.ts';
import { faultyTable, type TableRequests } from './faults/faulty-table.ts';
import type { SoakOptions } from './soak-options.ts';
import { SOAK_PIPELINES, type SoakPipeline } from './soak-pipelines.ts';
import { soakTemplate } from './soak-template.ts';
import { ArrivedEvents } from './under-load/arrived-events.ts';
import { type Look, lookUnderLoad } from './under-load/look.ts';

const MINUTE_MS = 60_000;
const NEVER_MS = 365 * 24 * 60 * MINUTE_MS;
const CHILD_FILE = fileURLToPath(new URL('./clock/child.ts', import.meta.url));
const BAD_HANDLER_FILE = fileURLToPath(new URL('./faults/bad-handler.ts', import.meta.url));
/** Each shard has one invocation at a time; what is more waits for a process, as this machine has two processors. */
const PROCESSES = 2;
/** In stream time. How often it is read is the schedule's: what Lambda does every second costs a run its time. */
const RETRIES = { retryDelayBaseMs: 1000, retryDelayMsMax: 30_000 } as const;
/** A process is killed in the first milliseconds of an invocation, anywhere in its work. */
const KILL_WITHIN_MS = 4;
/** Alarms look back for a quarter of an hour, and take what was not there for trouble. */
const ALARMS_FROM_MINUTE = 15;
/** How often the function `scale` runs, and what a minute of it may cost. */
const SCALE_EVERY_MS = 60_000;
/** Shards that there are when some have been split. */
const SHARDS_MORE = 2;

/** Requests that an emulator works on. */
interface Requests {
  underWay: number;
}

/** The embedded runtime on the run's clock, with everything around it that is metered, and what goes wrong there. */
export class SoakWorld {
  readonly faults = new ActiveFaults();
  readonly minutes = new Minutes();
  readonly tableRequests: TableRequests = { total: 0, whileDown: 0 };
  readonly alarms: AlarmTimeline;
  readonly letters = new Set<string>();
  readonly soakPipeline: SoakPipeline;
  /** Where the schedule asks what holds under load. */
  readonly arrived: ArrivedEvents | undefined;
  /** Moments at which a reader looked. */
  readonly looks: Look[] = [];
  /** What the last run of `repair` said. */
  repair: RepairReport | undefined;
  runtime!: Runtime;
  clients!: EmulatorClients;
  readonly #store = new MetricStore();
  readonly #options: SoakOptions;
  readonly #clock: StreamClock;
  readonly #folder: string;
  readonly #requests: Requests;
  readonly #names: ResourceNames;
  readonly #meter: MappingMeter;
  readonly #random: () => number;
  readonly #started = new StopStack();
  #queues: QueueMeter[] = [];
  #badVersion: FunctionHost | undefined;
  #lastKillMs = 0;
  #missedKill = false;
  #openShards = 0;
  /** Runs of the other schedules that are under way: minutes go on meanwhile. */
  readonly #runs = new Map<'repair' | 'scale', Promise<void>>();

  private constructor(options: SoakOptions, clock: StreamClock, folder: string, requests: Requests) {
    this.#requests = requests;
    this.#options = options;
    this.#clock = clock;
    this.#folder = folder;
    this.#random = seededRandom(options.seed + 1);
    const { pipeline, scale, shards, underLoad } = options.schedule;
    this.soakPipeline = SOAK_PIPELINES[pipeline];
    this.#names = resourceNames(this.soakPipeline.pipeline.name);
    this.arrived = underLoad && new ArrivedEvents(folder);
    const template = soakTemplate(this.soakPipeline, shards + SHARDS_MORE, scale);
    this.alarms = new AlarmTimeline(this.#store, template, localNames(template, this.#names));
    this.#meter = new MappingMeter(this.#store, {
      stream: this.#names.stream,
      function: this.#names.function,
      mapping: MAPPING,
    });
    this.#openShards = shards;
  }

  /** @param folder for what the run keeps while it lasts; the clock's file is in it already */
  static async start(
    options: SoakOptions,
    clock: StreamClock,
    folder: string,
    requests: Requests,
  ): Promise<SoakWorld> {
    const world = new SoakWorld(options, clock, folder, requests);
    try {
      await world.#start();
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  stop(): Promise<void> {
    return this.#started.stop();
  }

  get stream(): string {
    return this.#names.stream;
  }

  get table(): string {
    return this.#names.table;
  }

  /** What is done at a moment. */
  async act(fault: Fault): Promise<void> {
    if (fault.fault === 'split-shard') await splitWidest(this.clients.kinesis, this.stream);
    if (fault.fault === 'merge-shards') await mergeNarrowest(this.clients.kinesis, this.stream);
    this.#openShards = (await openShards(this.clients.kinesis, this.stream)).length;
  }

  /** Closes windows, as the schedule does. */
  async close(): Promise<void> {
    await this.#clock
      .during(() => this.runtime.close())
      .catch((error: Error) => this.minutes.log(error.message));
  }

  /** Begins what the other schedules begin every minute, unless it is under way. */
  runSchedules(): void {
    if (this.soakPipeline.pipeline.capacity !== null) {
      this.#run('repair', async () => {
        this.repair = (await this.runtime.repair()) as RepairReport;
      });
    }
    if (this.#options.schedule.scale === undefined) return;
    this.#run('scale', async () => {
      await this.runtime.scale();
      this.#openShards = (await openShards(this.clients.kinesis, this.stream)).length;
    });
  }

  /** Until none of them is under way. */
  async schedulesDone(): Promise<void> {
    await Promise.all(this.#runs.values());
  }

  #run(which: 'repair' | 'scale', run: () => Promise<void>): void {
    if (this.#runs.has(which)) return;
    const running = this.#clock
      .during(run)
      .catch((error: Error) => this.minutes.log(error.message))
      .finally(() => this.#runs.delete(which));
    this.#runs.set(which, running);
  }

  /** Looks at the newest windows as a reader does, while no time passes. */
  async look(minute: number): Promise<void> {
    const { arrived, soakPipeline } = this;
    if (arrived === undefined) return;
    const nowMs = this.#clock.nowMs();
    const { dynamodb } = this.clients;
    const looked = { arrived, dynamodb, minute, nowMs, soakPipeline, tableName: this.table };
    this.looks.push(await this.#clock.frozen(() => lookUnderLoad(looked)));
  }

  /** Ends a minute of the run: it is metered, and the alarms look at it. */
  async endMinute(minute: number): Promise<void> {
    const usage = this.runtime.usage();
    this.#meter.sample(usage.mapping);
    for (const queue of this.#queues) await queue.sample();
    if (minute > ALARMS_FROM_MINUTE) this.alarms.evaluate(this.#clock.nowMs(), minute);
    this.minutes.end(minute, usage, this.#openShards);
  }

  /** Somebody looks at the dead letters, and takes them away. */
  async takeLetters(): Promise<void> {
    const url = this.runtime.environment['WEIR_DEAD_LETTER_QUEUE_URL'] ?? '';
    await takeLetters(this.clients.sqs, url, this.letters);
    // The queue is seen empty, however soon the next letter comes.
    for (const queue of this.#queues) await queue.sample();
  }

  async probes(): Promise<ProbeSample[]> {
    const text = await readFile(this.#probeFile, 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ProbeSample);
  }

  get clockFile(): string {
    return join(this.#folder, 'clock');
  }

  get #probeFile(): string {
    return join(this.#folder, 'probes');
  }

  async #start(): Promise<void> {
    const child = join(this.#folder, 'child.mjs');
    await bundleScript(CHILD_FILE, child);
    const clock = this.#clock;
    const onClock = (variables: Readonly<Record<string, string>>) => ({
      ...variables,
      NODE_OPTIONS: `--enable-source-maps --import ${pathToFileURL(child).href}`,
      [CLOCK_FILE_VARIABLE]: this.clockFile,
    });
    const { schedule } = this.#options;
    const { scale } = schedule;
    const { file, pipeline } = this.soakPipeline;
    this.runtime = await startRuntime({
      clock,
      timing: { ...RETRIES, pollIntervalMs: schedule.readEvery },
      // Closed as the run's own schedule says, which waits for it.
      closeEveryMs: NEVER_MS,
      repairs: pipeline.capacity !== null,
      capacity: pipeline.capacity,
      ...(scale !== undefined && { scale: toScale(scale) }),
      canaries: true,
      pipelineFile: file,
      pipelineName: pipeline.name,
      shards: schedule.shards,
      processesMax: PROCESSES,
      eventSource: { maxBatchingWindowSeconds: schedule.readEvery / 1000 },
      onMetrics: (blob) => {
        addEmbeddedMetrics(this.#store, blob, clock.nowMs());
        this.minutes.metrics(blob);
      },
      onLog: (line) => this.minutes.log(line),
      between: {
        aggregateEnvironment: (variables) => ({
          ...onClock(variables),
          [PROBE_FILE_VARIABLE]: this.#probeFile,
        }),
        scheduledEnvironment: onClock,
        endpoints: async (endpoints) => ({
          ...endpoints,
          kinesis: await this.#front(endpoints.kinesis, this.#streamFront()),
          dynamodb: await this.#front(
            endpoints.dynamodb,
            faultyTable(this.#store, this.table, this.faults, clock, this.tableRequests),
          ),
        }),
        stream: (stream) => this.#timed(this.#meter.stream(stream)),
        invoke: (invoke) => {
          const metered = this.#meter.invoke((event) => this.#invoke(event, invoke));
          return (event) => clock.during(() => metered(event));
        },
      },
    });
    this.#started.push(() => this.runtime.stop());
    this.runtime.onInvocation((event) => this.#invocation(event));
    const at = (service: string) => this.runtime.environment[`AWS_ENDPOINT_URL_${service}`] ?? '';
    this.clients = emulatorClients({
      ...{ kinesis: at('KINESIS'), dynamodb: at('DYNAMODB'), sqs: at('SQS'), s3: at('S3') },
    });
    this.#started.push(() => this.clients.destroy());
    this.#queues = ['WEIR_DEAD_LETTER_QUEUE_URL', 'WEIR_FAILURE_QUEUE_URL'].map(
      (name) => new QueueMeter(this.#store, this.clients.sqs, this.runtime.environment[name] ?? ''),
    );
    if (schedule.faults.some(({ fault }) => fault === 'bad-deployment')) await this.#bundleBadVersion();
  }

  async #front(endpoint: string, front: ServiceFront): Promise<string> {
    const started = await startFront(endpoint, (request, forward) =>
      front(request, async (forwarded) => {
        this.#requests.underWay += 1;
        try {
          return await forward(forwarded);
        } finally {
          this.#requests.underWay -= 1;
        }
      }),
    );
    this.#started.push(() => started.stop());
    return started.endpoint;
  }

  /** The stream, metered; held to its limits where the schedule says so. */
  #streamFront(): ServiceFront {
    const { schedule } = this.#options;
    const shards = schedule.streamLimits ? schedule.shards : Infinity;
    const { bytesIn, reads, recordsIn } = SHARD_LIMITS;
    return streamLimits(this.#store, this.stream, {
      bytesIn: bytesIn * shards,
      reads: reads * shards,
      recordsIn: recordsIn * shards,
    });
  }

  /** A stream whose reads time waits for. */
  #timed(stream: StreamReader): StreamReader {
    const clock = this.#clock;
    return {
      listShards: () => clock.during(() => stream.listShards()),
      shard: (shardId) => {
        const shard = stream.shard(shardId);
        return { read: (...read) => clock.during(() => shard.read(...read)) };
      },
    };
  }

  #invoke: (event: string, invoke: InvokeFunction) => ReturnType<InvokeFunction> = async (event, invoke) => {
    if (this.faults.of('no-concurrency') !== undefined) {
      return { requestId: 'none', outcome: { type: 'not_invoked' } };
    }
    if (this.faults.of('bad-deployment') !== undefined && this.#badVersion !== undefined) {
      return toEndedInvocation(await this.#badVersion.invoke(event), (line) => this.minutes.log(line));
    }
    return invoke(event);
  };

  #invocation(event: InvocationEvent): void {
    this.minutes.invocation(event);
    const killing = this.faults.of('handler-killed');
    if (event.type !== 'started' || killing === undefined) return;
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#lastKillMs < killing.every) return;
    const kill = () => {
      this.#missedKill = !this.runtime.killInFlight('younger');
      if (!this.#missedKill) this.#lastKillMs = nowMs;
    };
    // One that has ended by then, or that lives through it all, is missed: then the next one is killed at once.
    if (this.#missedKill) kill();
    else setTimeout(kill, this.#random() * KILL_WITHIN_MS);
  }

  async #bundleBadVersion(): Promise<void> {
    const outputFolder = join(this.#folder, 'bad-version');
    const { entryFile } = await bundleFunction({
      entryFile: BAD_HANDLER_FILE,
      pipelineFile: this.soakPipeline.file,
      outputFolder,
    });
    const host = await FunctionHost.start({
      settings: {
        name: this.#names.function,
        entryFile,
        timeoutMs: AGGREGATE_FUNCTION.timeoutSeconds * 1000,
        memoryMegabytes: AGGREGATE_FUNCTION.memoryMegabytes,
        region: LOCAL_REGION,
        environment: {},
      },
      workFolder: outputFolder,
      processesMax: PROCESSES,
      clock: this.#clock,
      onMetrics: (blob) => this.minutes.metrics(blob),
      onLog: (line) => this.minutes.log(line),
      onInvocation: (event) => this.minutes.invocation(event),
    });
    this.#badVersion = host;
    this.#started.push(() => host.stop());
  }
}

function toScale({ calm, shardBytesPerSecond, shardsMax, shardsMin }: NonNullable<FaultSchedule['scale']>) {
  return {
    ...{ shardsMin, shardsMax, everyMs: SCALE_EVERY_MS, calmMs: calm },
    ...(shardBytesPerSecond !== undefined && { shardBytesPerSecond }),
  };
}
