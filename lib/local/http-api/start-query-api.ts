import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { INGEST_FUNCTION } from '#contracts/ingest-function.ts';
import { QUERY_FUNCTION, QUERY_PATHS } from '#contracts/query-api.ts';
import { bundleFunction } from '../bundle-function.ts';
import { FunctionHost } from '../function-host/function-host.ts';
import type { OutputSinks } from '../function-host/function-output.ts';
import { LOCAL_REGION, resourceNames } from '../resource-names.ts';
import { StopStack } from '../stop-stack.ts';
import { type FunctionRoute, type HttpServer, startHttpServer } from './http-server.ts';

const FUNCTIONS = {
  query: { settings: QUERY_FUNCTION, handler: '../../../functions/query/handler.ts' },
  ingest: { settings: INGEST_FUNCTION, handler: '../../../functions/ingest/handler.ts' },
} as const;
const INGEST_PATH = '/events';

/** Requests that are answered at a time; further ones wait. */
const PROCESSES_MAX = 2;

export interface LocalQueryApiOptions extends OutputSinks {
  /** Absolute path of the file whose default export is the pipeline. */
  readonly pipelineFile: string;
  readonly pipelineName: string;
  /** What a running runtime tells its clients: where its services are, and what they are called. */
  readonly environment: Readonly<Record<string, string>>;
  /** 0 for any that is free. */
  readonly port: number;
  /** Whether it takes events too, as the ingest API does. */
  readonly takesEvents?: boolean;
}

/** Serves a pipeline's query API on 127.0.0.1, and its ingest API where asked to, by the functions as they would be deployed. */
export async function startQueryApi(options: LocalQueryApiOptions): Promise<HttpServer> {
  const started = new StopStack();
  try {
    const workFolder = await mkdtemp(join(tmpdir(), 'weir-query-'));
    started.push(() => rm(workFolder, { recursive: true, force: true }));
    const { onLog, port } = options;
    const invoke = await startFunction('query', options, workFolder, started);
    // What is none of its paths is the function's to answer too, as in the deployed API.
    const routes: FunctionRoute[] = [{ resources: Object.values(QUERY_PATHS), invoke }, { invoke }];
    if (options.takesEvents) {
      const ingest = await startFunction('ingest', options, workFolder, started);
      routes.unshift({ resources: [INGEST_PATH], invoke: ingest });
    }
    const server = await startHttpServer({ port, routes, onLog });
    started.push(() => server.stop());
    return { url: server.url, stop: () => started.stop() };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function startFunction(
  name: keyof typeof FUNCTIONS,
  { environment, onLog, onMetrics, pipelineFile, pipelineName }: LocalQueryApiOptions,
  workFolder: string,
  started: StopStack,
): Promise<FunctionRoute['invoke']> {
  const { handler, settings } = FUNCTIONS[name];
  const folder = join(workFolder, name);
  await mkdir(folder);
  const entryFile = fileURLToPath(new URL(handler, import.meta.url));
  const bundle = await bundleFunction({ entryFile, pipelineFile, outputFolder: folder });
  const host = await FunctionHost.start({
    settings: {
      name: resourceNames(pipelineName).function.replace(/aggregate$/, name),
      entryFile: bundle.entryFile,
      timeoutMs: settings.timeoutSeconds * 1000,
      memoryMegabytes: settings.memoryMegabytes,
      region: LOCAL_REGION,
      environment,
    },
    workFolder: folder,
    processesMax: PROCESSES_MAX,
    onLog,
    onMetrics,
  });
  started.push(() => host.stop());
  return (event) => host.invoke(event);
}
