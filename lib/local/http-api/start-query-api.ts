import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QUERY_FUNCTION, QUERY_PATHS } from '#contracts/query-api.ts';
import { bundleFunction } from '../bundle-function.ts';
import { FunctionHost } from '../function-host/function-host.ts';
import type { OutputSinks } from '../function-host/function-output.ts';
import { LOCAL_REGION, resourceNames } from '../resource-names.ts';
import { StopStack } from '../stop-stack.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';

const HANDLER_FILE = fileURLToPath(new URL('../../../functions/query/handler.ts', import.meta.url));

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
}

/** Serves a pipeline's query API on 127.0.0.1, by the function as it would be deployed. */
export async function startQueryApi(options: LocalQueryApiOptions): Promise<HttpServer> {
  const started = new StopStack();
  try {
    const workFolder = await mkdtemp(join(tmpdir(), 'weir-query-'));
    started.push(() => rm(workFolder, { recursive: true, force: true }));
    const { environment, onLog, onMetrics, pipelineFile, pipelineName, port } = options;
    const bundle = await bundleFunction({ entryFile: HANDLER_FILE, pipelineFile, outputFolder: workFolder });
    const host = await FunctionHost.start({
      settings: {
        name: resourceNames(pipelineName).function.replace(/aggregate$/, 'query'),
        entryFile: bundle.entryFile,
        timeoutMs: QUERY_FUNCTION.timeoutSeconds * 1000,
        memoryMegabytes: QUERY_FUNCTION.memoryMegabytes,
        region: LOCAL_REGION,
        environment,
      },
      workFolder,
      processesMax: PROCESSES_MAX,
      onLog,
      onMetrics,
    });
    started.push(() => host.stop());
    const invoke = (event: string) => host.invoke(event);
    // What is none of its paths is the function's to answer too, as in the deployed API.
    const routes = [{ resources: Object.values(QUERY_PATHS), invoke }, { invoke }];
    const server = await startHttpServer({ port, routes, onLog });
    started.push(() => server.stop());
    return { url: server.url, stop: () => started.stop() };
  } catch (error) {
    await started.stop();
    throw error;
  }
}
