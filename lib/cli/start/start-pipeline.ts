import { join, resolve } from 'node:path';
import { readLedger } from '#app/query/read-ledger.ts';
import { BundleError } from '#local/bundle-function.ts';
import type { HttpServer } from '#local/http-api/http-server.ts';
import { startQueryApi } from '#local/http-api/start-query-api.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type LoadedPipeline, loadPipeline } from '../load-pipeline.ts';
import type { EventFile } from '../read-events/input-event.ts';
import { openEventFile } from '../read-events/open-event-file.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { LocalRun } from '../run/local-run.ts';
import { missingColumns } from '../run/missing-columns.ts';
import { DEFAULT_RUNTIME_FOLDER, readRuntimeFile, writeRuntimeFile } from '../runtime-folder/runtime-file.ts';
import { capacityText } from '../show/capacity-text.ts';
import type { Terminal } from '../terminal.ts';
import { measureClosing } from '../try/measure-closing.ts';
import { toRunCost } from '../try/run-cost.ts';
import { printTryJson, printTryTables, type TryResult } from '../try/try-result.ts';
import { UsageError } from '../usage-error.ts';
import { showLiveView } from './live-view.ts';
import { Replay } from './replay.ts';
import { readReplayMark } from './replay-mark.ts';

export interface StartOptions {
  readonly once: boolean;
  readonly shards: number;
  readonly dataDir?: string;
  readonly speed?: number;
  /** False: nothing is replayed. */
  readonly replay: boolean;
  /** Port of the query API; 0 for any that is free. */
  readonly api?: number;
  readonly rows: number;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Twelve times as often as a deployment's schedule: what is watched here goes by faster. */
const CLOSE_EVERY_MS = 5000;
/** With `--once`, windows are closed at the end alone. */
const NEVER_MS = 2 ** 31 - 1;
const SAMPLE_PIPELINE = 'flights';
const SAMPLE_FILE = join(REPOSITORY_ROOT, 'node_modules/vega-datasets/data/flights-20k.json');

/** Starts a runtime, replays a file into it, and stays up for the other commands until Ctrl-C. */
export async function startPipeline(
  nameOrPath: string | undefined,
  path: string | undefined,
  options: StartOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  if (options.api !== undefined && options.once) {
    throw new UsageError('--api is there as long as the runtime is: leave out --once.');
  }
  const folder = options.dataDir ?? DEFAULT_RUNTIME_FOLDER;
  refuseSecondRuntime(folder);
  const loaded = await loadPipeline(nameOrPath ?? SAMPLE_PIPELINE);
  const file = await fileToReplay(loaded, path, options, terminal);
  const run = await startRun(loaded, options, terminal);
  let api: HttpServer | undefined;
  try {
    api = await startApi(run, loaded, options, terminal);
    signal.throwIfAborted();
    const removeRuntimeFile = writeRuntimeFile(folder, {
      pid: process.pid,
      startedAt: new Date().toISOString(),
      pipeline: { name: loaded.pipeline.name, file: loaded.file },
      environment: { ...run.runtime.environment },
    });
    try {
      return await serve(run, loaded, file, { ...options, apiUrl: api?.url }, terminal, signal);
    } finally {
      removeRuntimeFile();
    }
  } finally {
    await api?.stop();
    await run.stop();
  }
}

function refuseSecondRuntime(folder: string): void {
  const other = readRuntimeFile(folder);
  if (other === undefined) return;
  throw new UsageError(
    `A runtime of ${other.pipeline.name} runs in ${resolve(folder)} already (process ${other.pid}, since ${other.startedAt}). ` +
      'Stop it with Ctrl-C there, or start this one in another folder, or with another --data-dir.',
  );
}

/** The file to replay, if there is one and it is not in the data folder already. */
async function fileToReplay(
  loaded: LoadedPipeline,
  path: string | undefined,
  options: StartOptions,
  terminal: Terminal,
): Promise<EventFile | undefined> {
  const isSample = path === undefined && loaded.pipeline.name === SAMPLE_PIPELINE;
  const wanted = path ?? (isSample ? SAMPLE_FILE : undefined);
  if (!options.replay || wanted === undefined) return undefined;
  const mark = options.dataDir === undefined ? undefined : readReplayMark(options.dataDir);
  if (mark !== undefined) {
    const how =
      mark.state === 'done'
        ? 'is in the data folder already'
        : 'was begun in this data folder and stopped on its way';
    terminal.note(
      `The replay of ${mark.file} ${how}; it is not replayed again, since events would count twice. \`weir put\` adds events.`,
    );
    return undefined;
  }
  const file = await openEventFile(wanted);
  const warning = await missingColumns(file, loaded.pipeline.schema, loaded.pipeline.name);
  if (warning !== undefined) terminal.note(warning);
  return file;
}

async function startRun(
  loaded: LoadedPipeline,
  options: StartOptions,
  terminal: Terminal,
): Promise<LocalRun> {
  try {
    return await LocalRun.start(loaded, {
      runtime: {
        shards: options.shards,
        closeEveryMs: options.once ? NEVER_MS : CLOSE_EVERY_MS,
        ...(options.dataDir !== undefined && { dataDir: resolve(options.dataDir) }),
      },
      ...(options.verbose && { onLog: (line: string) => terminal.note(line) }),
    });
  } catch (error) {
    if (error instanceof BundleError) throw new UsageError(error.message);
    throw error;
  }
}

async function startApi(
  run: LocalRun,
  { file, pipeline }: LoadedPipeline,
  { api: port }: StartOptions,
  terminal: Terminal,
): Promise<HttpServer | undefined> {
  if (port === undefined) return undefined;
  try {
    return await startQueryApi({
      pipelineFile: file,
      pipelineName: pipeline.name,
      environment: run.runtime.environment,
      port,
      takesEvents: true,
      onLog: (line) => terminal.note(line),
      onMetrics: () => {},
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new UsageError(`Something else has the port ${port}. Give --api another one, or 0 for any.`);
  }
}

async function serve(
  run: LocalRun,
  { pipeline }: LoadedPipeline,
  file: EventFile | undefined,
  options: StartOptions & { readonly apiUrl: string | undefined },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  const startedMs = performance.now();
  const held = capacityText(pipeline);
  if (held !== undefined && !options.json) terminal.note(held);
  if (options.json && !options.once) {
    await terminal.print(
      `${JSON.stringify({ pipeline: pipeline.name, pid: process.pid, api: options.apiUrl, environment: run.runtime.environment })}\n`,
    );
  }
  const quiet = options.json || (options.once && !terminal.live);
  const replay = file && new Replay(run, file);
  const endView = quiet ? async () => {} : showLiveView(run, pipeline, replay, terminal, signal);
  try {
    const speed = options.speed ?? (options.once ? Number.POSITIVE_INFINITY : undefined);
    await replay?.play({ speed, dataDir: options.dataDir }, signal);
    if (options.once || (!quiet && replay !== undefined)) await run.drained(signal);
    if (!options.once) {
      await stayUp(pipeline.name, options.apiUrl, terminal, signal);
      return EXIT.done;
    }
  } finally {
    await endView();
  }
  // What closing cost is told apart.
  const cost = toRunCost(run);
  const closing = await measureClosing(run);
  const { total } = await readLedger(run.table);
  const result: TryResult = {
    pipeline,
    ledger: { ...total, received: total.received + run.oversize, invalid: total.invalid + run.oversize },
    cost,
    fileName: replay?.fileName ?? 'no file',
    shards: options.shards,
    durationMs: performance.now() - startedMs,
    rowsMax: options.rows,
    table: run.table,
    closing,
  };
  await (options.json ? printTryJson(result, terminal) : printTryTables(result, terminal));
  // A data folder has what was put into it before, too.
  if (options.dataDir === undefined && result.ledger.received !== run.fed) {
    terminal.note(
      `${run.fed} events were read, but the ledger has ${result.ledger.received}. This is a bug in Weir.`,
    );
    return EXIT.unexpected;
  }
  return result.ledger.invalid + result.ledger.held > 0 ? EXIT.setAside : EXIT.done;
}

/** Until Ctrl-C, which is how this is meant to end. */
async function stayUp(
  pipeline: string,
  apiUrl: string | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  if (apiUrl !== undefined) terminal.note(`The query API is at ${apiUrl}, e.g. ${apiUrl}/aggregates.`);
  terminal.note(
    `Up for weir put, query, ledger and inspect (pipeline ${pipeline}, from this folder). Ctrl-C ends it.`,
  );
  await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
}
