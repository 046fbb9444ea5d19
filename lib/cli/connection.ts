import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsConfig } from '#adapters/aws-config.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { type LoadedPipeline, loadPipeline } from './load-pipeline.ts';
import { DEFAULT_RUNTIME_FOLDER, type RuntimeFile, readRuntimeFile } from './runtime-folder/runtime-file.ts';
import { UsageError } from './usage-error.ts';
import { useEnvironment } from './use-environment.ts';

/** What the commands that work on something running have in common. */
export interface ConnectionOptions {
  readonly dataDir?: string;
  readonly table?: string;
  readonly stream?: string;
}

/** The table of a pipeline, wherever it is. */
export interface TableConnection {
  readonly loaded: LoadedPipeline;
  readonly table: DynamoTable;
}

/**
 * Finds a pipeline's table: the one named by `--table`, else that of the runtime which runs in this folder, else
 * WEIR_TABLE; with a name given, region, credentials and endpoint are those that the AWS SDK finds.
 */
export async function connectTable(
  nameOrPath: string | undefined,
  options: ConnectionOptions,
): Promise<TableConnection> {
  const runtime = options.table === undefined ? runningRuntime(options) : undefined;
  const tableName = options.table ?? runtime?.environment['WEIR_TABLE'] ?? process.env['WEIR_TABLE'];
  if (tableName === undefined) throw nothingRuns(options, '--table or WEIR_TABLE');
  const loaded = await loadPipeline(pipelineOf(nameOrPath, runtime));
  if (runtime !== undefined) checkPipeline(loaded, runtime);
  return { loaded, table: new DynamoTable(new DynamoDBClient(awsConfig()), tableName, loaded.pipeline.name) };
}

/** Finds a stream by name, as `connectTable` does a table. */
export function connectStream(options: ConnectionOptions): {
  readonly stream: string;
  readonly runtime: RuntimeFile | undefined;
} {
  const runtime = options.stream === undefined ? runningRuntime(options) : undefined;
  const stream = options.stream ?? runtime?.environment['WEIR_STREAM'] ?? process.env['WEIR_STREAM'];
  if (stream === undefined) throw nothingRuns(options, '--stream or WEIR_STREAM');
  return { stream, runtime };
}

function runningRuntime(options: ConnectionOptions): RuntimeFile | undefined {
  const runtime = readRuntimeFile(options.dataDir ?? DEFAULT_RUNTIME_FOLDER);
  if (runtime !== undefined) useEnvironment(runtime.environment);
  return runtime;
}

function nothingRuns(options: ConnectionOptions, alternative: string): UsageError {
  const where = options.dataDir === undefined ? 'in this folder' : `with the data folder ${options.dataDir}`;
  return new UsageError(
    `No runtime runs ${where}. Start one with \`weir start\`, in another terminal, or name what to use on AWS with ${alternative}.`,
  );
}

/** A runtime's own pipeline goes by its name, wherever its file is. */
function pipelineOf(nameOrPath: string | undefined, runtime: RuntimeFile | undefined): string {
  if (nameOrPath !== undefined && nameOrPath !== runtime?.pipeline.name) return nameOrPath;
  if (runtime !== undefined) return runtime.pipeline.file;
  if (nameOrPath !== undefined) return nameOrPath;
  throw new UsageError('Name the pipeline: its name in pipelines/, or the path of its file.');
}

function checkPipeline({ pipeline }: LoadedPipeline, runtime: RuntimeFile): void {
  if (pipeline.name === runtime.pipeline.name) return;
  throw new UsageError(`The runtime here runs the pipeline ${runtime.pipeline.name}, not ${pipeline.name}.`);
}
