import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { AGGREGATE_FUNCTION } from '#contracts/aggregate-function.ts';
import { CLOSE_FUNCTION } from '#contracts/close-function.ts';
import { EVENT_SOURCE, type EventSourceSettings } from '#contracts/event-source.ts';
import { REPAIR_FUNCTION } from '#contracts/repair-function.ts';
import { SCALE_FUNCTION } from '#contracts/scale-function.ts';
import type { Capacity } from '#core/pipeline/pipeline.ts';
import { bundleFunction } from './bundle-function.ts';
import { holdToCapacity } from './capacity/hold-to-capacity.ts';
import { createResources } from './create-resources.ts';
import { type EmulatorEndpoints, emulatorClients } from './emulator-clients.ts';
import { toEndedInvocation } from './ended-invocation.ts';
import { fileCheckpoints, memoryCheckpoints } from './event-source-mapping/checkpoint-store.ts';
import { EventSourceMapping } from './event-source-mapping/event-source-mapping.ts';
import { kinesisStreamReader } from './event-source-mapping/kinesis-stream-reader.ts';
import {
  type Clock,
  type InvokeFunction,
  type SendToDestination,
  type StreamReader,
  SYSTEM_CLOCK,
} from './event-source-mapping/ports.ts';
import {
  LOCAL_TIMING,
  type PollerTiming,
  toPollerSettings,
} from './event-source-mapping/shard-poller-settings.ts';
import { lockFolder } from './folder-lock.ts';
import { LOCAL_CREDENTIALS } from './function-host/function-environment.ts';
import { FunctionHost } from './function-host/function-host.ts';
import type { InvocationEvent } from './function-host/invocation.ts';
import { LOCAL_REGION, resourceNames } from './resource-names.ts';
import type { Runtime, RuntimeUsage } from './runtime.ts';
import { ScheduledFunction } from './scheduled-function.ts';
import { type StreamEngine, startEmulators } from './start-emulators.ts';
import { StopStack } from './stop-stack.ts';

/** How long `stop` lets invocations that are under way end by themselves. */
const STOP_GRACE_MS = 5000;
const HANDLER_FILE = fileURLToPath(new URL('../../functions/aggregate/handler.ts', import.meta.url));

export interface RuntimeOptions {
  /** Absolute path of the file whose default export is the pipeline. */
  readonly pipelineFile: string;
  readonly pipelineName: string;
  /** Of a stream that is made; one that is in the data folder keeps its own. */
  readonly shards?: number;
  readonly streamEngine?: StreamEngine;
  /** Keeps everything over restarts, also over a killed process; nothing is kept without one. */
  readonly dataDir?: string;
  readonly eventSource?: Partial<EventSourceSettings>;
  /** How often the mapping polls and how long it waits before retries; a laptop's by default. */
  readonly timing?: Partial<PollerTiming>;
  /** What the mapping, the functions' time limits and the schedules go by; the system's by default. */
  readonly clock?: Clock;
  /** Processes of the function at a time; as many as there are processors by default. */
  readonly processesMax?: number;
  /** Closes windows so often; never where it is not given. */
  readonly closeEveryMs?: number;
  /** Whether each of these runs puts a canary into every shard; not unless said. */
  readonly canaries?: boolean;
  /** Whether what is left out under load is repaired, as often as windows are closed: of a pipeline with a capacity. */
  readonly repairs?: boolean;
  /** Holds the function to what its pipeline says that it can take; where it is not given, it gets all that there is. */
  readonly capacity?: Capacity | null;
  /** Splits and merges the stream's shards; not where it is not given. */
  readonly scale?: ScaleOptions;
  /** The function's module, to run another than the pipeline's own. */
  readonly handlerFile?: string;
  /** Stands between the runtime's parts, to meter what they do or to make them fail. */
  readonly between?: RuntimeSeams;
  /** Gets each object in embedded metric format that the function writes. */
  readonly onMetrics?: (blob: object) => void;
  /** Gets what the function writes otherwise, and what went wrong around it. */
  readonly onLog?: (line: string) => void;
}

export interface ScaleOptions {
  readonly shardsMin: number;
  readonly shardsMax: number;
  /** What a shard is to carry at most; as in AWS by default, which a laptop does not reach with many shards. */
  readonly shardBytesPerSecond?: number;
  readonly everyMs: number;
  readonly calmMs: number;
}

/** Each gets a part as it is and gives what is used in its place. */
export interface RuntimeSeams {
  /** Where the function, its mapping and clients find the services; resources are made before. */
  readonly endpoints?: (endpoints: EmulatorEndpoints) => Promise<EmulatorEndpoints>;
  readonly stream?: (stream: StreamReader) => StreamReader;
  readonly invoke?: (invoke: InvokeFunction) => InvokeFunction;
  readonly sendToDestination?: (send: SendToDestination) => SendToDestination;
  /** The variables of the function `aggregate`. */
  readonly aggregateEnvironment?: (
    variables: Readonly<Record<string, string>>,
  ) => Readonly<Record<string, string>>;
  /** The variables of the functions that a schedule calls. */
  readonly scheduledEnvironment?: (
    variables: Readonly<Record<string, string>>,
  ) => Readonly<Record<string, string>>;
}

/**
 * Starts a pipeline on this machine: emulators, resources, the bundled function and its event source mapping.
 * Several can run at once in one process. Rejects, with nothing left behind, when the pipeline can't be bundled or
 * something can't be started.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const started = new StopStack();
  try {
    return await start(options, started);
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function start(options: RuntimeOptions, started: StopStack): Promise<Runtime> {
  const { dataDir, pipelineFile, pipelineName, streamEngine = 'kinesalite' } = options;
  const log = options.onLog ?? (() => {});
  const names = resourceNames(pipelineName);
  const { clock = SYSTEM_CLOCK } = options;
  const settings = toPollerSettings(
    { ...EVENT_SOURCE, ...options.eventSource },
    { ...LOCAL_TIMING, ...options.timing },
  );
  const workFolder = await openWorkFolder(dataDir, started);

  const bundling = bundleFunction({
    entryFile: options.handlerFile ?? HANDLER_FILE,
    pipelineFile,
    outputFolder: join(workFolder, 'function'),
  });
  // Whichever fails first is told; the other one is still to end before its folder is removed.
  started.push(() => bundling.then(ignore, ignore));
  const starting = startEmulators({ streamEngine, dataFolder: dataDir, workFolder });
  started.push(() => starting.then((emulators) => emulators.stop(), ignore));
  const [bundle, emulators] = await Promise.all([bundling, starting]);

  const makers = emulatorClients(emulators.endpoints);
  started.push(() => makers.destroy());
  const resources = await createResources(makers, names, options.shards ?? 1);
  const { between = {} } = options;
  const endpoints = (await between.endpoints?.(emulators.endpoints)) ?? emulators.endpoints;
  const clients = emulatorClients(endpoints);
  started.push(() => clients.destroy());

  const variables = {
    AWS_ENDPOINT_URL_KINESIS: endpoints.kinesis,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    // What `functions/aggregate/env.ts` asks for.
    WEIR_TABLE: names.table,
    WEIR_DEAD_LETTER_QUEUE_URL: resources.deadLetterQueueUrl,
    WEIR_DEAD_LETTER_BUCKET: names.deadLetterBucket,
  };

  const listeners = new Set<(event: InvocationEvent) => void>();
  const host = await FunctionHost.start({
    settings: {
      name: names.function,
      entryFile: bundle.entryFile,
      timeoutMs: AGGREGATE_FUNCTION.timeoutSeconds * 1000,
      memoryMegabytes: AGGREGATE_FUNCTION.memoryMegabytes,
      region: LOCAL_REGION,
      environment: between.aggregateEnvironment?.(variables) ?? variables,
    },
    workFolder,
    clock,
    processesMax: options.processesMax ?? availableParallelism(),
    onMetrics: options.onMetrics ?? (() => {}),
    onLog: log,
    onInvocation: (event) => {
      for (const listener of listeners) listener(event);
    },
  });
  started.push(() => host.stop());

  const streamId = `${names.stream}@${resources.streamCreatedMs}`;
  const source = { region: LOCAL_REGION, streamArn: names.streamArn, roleArn: names.roleArn };
  const stream = kinesisStreamReader(clients.kinesis, names.stream, source);
  const invoke: InvokeFunction = async (event) => toEndedInvocation(await host.invoke(event), log);
  const sendToDestination: SendToDestination = async (message) => {
    await clients.sqs.send(
      new SendMessageCommand({ QueueUrl: resources.failureQueueUrl, MessageBody: message }),
    );
  };
  const { capacity = null } = options;
  const invokeBetween = between.invoke?.(invoke) ?? invoke;
  const mapping = new EventSourceMapping({
    settings,
    stream: between.stream?.(stream) ?? stream,
    invoke: capacity === null ? invokeBetween : holdToCapacity(invokeBetween, capacity, clock),
    sendToDestination: between.sendToDestination?.(sendToDestination) ?? sendToDestination,
    checkpoints:
      dataDir === undefined
        ? memoryCheckpoints()
        : await fileCheckpoints(join(dataDir, 'checkpoints.json'), streamId),
    streamArn: names.streamArn,
    functionArn: names.functionArn,
    log,
    clock,
  });
  started.push(async () => {
    const stopping = mapping.stop();
    await withinMs(stopping, STOP_GRACE_MS);
    await host.stop();
    await stopping;
  });
  mapping.start();
  const { closeEveryMs: everyMs } = options;
  const plainVariables = {
    ...variables,
    WEIR_STREAM: names.stream,
    WEIR_CANARY: options.canaries ? 'on' : 'off',
  };
  const scheduledVariables = between.scheduledEnvironment?.(plainVariables) ?? plainVariables;
  const scheduled = {
    pipelineFile,
    workFolder,
    clock,
    onMetrics: options.onMetrics ?? (() => {}),
    onLog: log,
  };
  const closing =
    everyMs === undefined
      ? undefined
      : await ScheduledFunction.start({
          ...scheduled,
          folder: 'close',
          settings: CLOSE_FUNCTION,
          name: names.closeFunction,
          everyMs,
          environment: scheduledVariables,
        });
  started.push(() => closing?.stop());
  const repairing =
    everyMs === undefined || options.repairs !== true
      ? undefined
      : await ScheduledFunction.start({
          ...scheduled,
          folder: 'repair',
          settings: REPAIR_FUNCTION,
          name: names.repairFunction,
          everyMs,
          environment: scheduledVariables,
        });
  started.push(() => repairing?.stop());
  const { scale } = options;
  const scaling =
    scale &&
    (await ScheduledFunction.start({
      ...scheduled,
      folder: 'scale',
      settings: SCALE_FUNCTION,
      name: names.scaleFunction,
      everyMs: scale.everyMs,
      environment: { ...scheduledVariables, ...scaleVariables(scale) },
    }));
  started.push(() => scaling?.stop());

  return {
    environment: {
      AWS_REGION: LOCAL_REGION,
      ...LOCAL_CREDENTIALS,
      ...variables,
      WEIR_STREAM: names.stream,
      WEIR_FAILURE_QUEUE_URL: resources.failureQueueUrl,
    },
    bundle,
    drained: () => mapping.drained(),
    usage: (): RuntimeUsage => {
      const counters = mapping.counters();
      return {
        invocations: counters.invocations,
        failedInvocations: counters.failedInvocations,
        records: counters.processedRecords,
        iteratorAgeMs: mapping.iteratorAgeMs(),
        mapping: counters,
        ...emulators.meter.usage(),
      };
    },
    close: () => closing?.run() ?? Promise.reject(new Error('the runtime was started without closing')),
    repair: () => repairing?.run() ?? Promise.reject(new Error('the runtime was started without repairing')),
    scale: () => scaling?.run() ?? Promise.reject(new Error('the runtime was started without scaling')),
    killInFlight: (which) => host.killInFlight(which),
    onInvocation: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => started.stop(),
  };
}

/** What `functions/scale/env.ts` asks for. */
function scaleVariables(scale: ScaleOptions): Record<string, string> {
  return {
    WEIR_SHARDS_MIN: String(scale.shardsMin),
    WEIR_SHARDS_MAX: String(scale.shardsMax),
    WEIR_SCALE_EVERY_SECONDS: String(scale.everyMs / 1000),
    WEIR_SCALE_CALM_MINUTES: String(scale.calmMs / 60_000),
    ...(scale.shardBytesPerSecond !== undefined && {
      WEIR_SHARD_BYTES_PER_SECOND: String(scale.shardBytesPerSecond),
    }),
  };
}

/** A folder for what is made anew by each run. */
async function openWorkFolder(dataDir: string | undefined, started: StopStack): Promise<string> {
  if (dataDir === undefined) {
    const folder = await mkdtemp(join(tmpdir(), 'weir-'));
    started.push(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }
  await mkdir(dataDir, { recursive: true });
  started.push(await lockFolder(dataDir));
  const folder = join(dataDir, 'work');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  return folder;
}

async function withinMs(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

function ignore(): void {}
