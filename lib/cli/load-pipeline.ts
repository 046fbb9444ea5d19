import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { useMetricKind } from '#core/metrics/metric-kinds.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { BundleError, bundleFunction } from '#local/bundle-function.ts';
import { didYouMean } from './nearest.ts';
import { REPOSITORY_ROOT } from './repository-root.ts';
import { UsageError } from './usage-error.ts';

const PIPELINES_FOLDER = join(REPOSITORY_ROOT, 'pipelines');
const SOURCE_EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

export interface LoadedPipeline {
  readonly pipeline: Pipeline;
  /** Absolute path of the file that defines it. */
  readonly file: string;
}

/**
 * Loads a pipeline by its name (`pipelines/<name>.ts` of this checkout) or by the path of a file anywhere, which may
 * import `weir` and the packages of this checkout. Throws `UsageError` where it is not found or has mistakes.
 */
export async function loadPipeline(nameOrPath: string): Promise<LoadedPipeline> {
  const file = pipelineFile(nameOrPath);
  const folder = await mkdtemp(join(tmpdir(), 'weir-pipeline-'));
  try {
    return { pipeline: pipelineOf(await importBundle(file, await bundled(file, folder)), file), file };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pipelineFile(nameOrPath: string): string {
  const isPath = /[\\/]/.test(nameOrPath) || SOURCE_EXTENSIONS.includes(extname(nameOrPath));
  if (isPath) {
    const path = resolve(nameOrPath);
    if (existsSync(path)) return path;
    throw new UsageError(
      `There is no file ${path}. Give the path of a pipeline's file, or the name of one in pipelines/.`,
    );
  }
  const path = join(PIPELINES_FOLDER, `${nameOrPath}.ts`);
  if (existsSync(path)) return path;
  const names = existsSync(PIPELINES_FOLDER)
    ? readdirSync(PIPELINES_FOLDER).map((name) => basename(name, '.ts'))
    : [];
  throw new UsageError(`There is no pipeline ${nameOrPath} in pipelines/. ${didYouMean(nameOrPath, names)}`);
}

async function bundled(file: string, outputFolder: string): Promise<string> {
  try {
    // Its own entry: the bundle of the function that takes it in is another.
    const bundle = await bundleFunction({ entryFile: file, pipelineFile: file, outputFolder });
    return bundle.entryFile;
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    const missing = /Could not resolve "([^"./][^"]*)"/.exec(error.message)?.[1];
    const remedy = missing === undefined ? '' : `\n  Is ${missing} installed? (npm install ${missing})`;
    throw new UsageError(
      `${shown(file)} can't be loaded:\n${error.message.replaceAll(/^/gm, '  ')}${remedy}`,
    );
  }
}

async function importBundle(file: string, bundle: string): Promise<Record<string, unknown>> {
  process.setSourceMapsEnabled(true);
  try {
    return (await import(pathToFileURL(bundle).href)) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof Error))
      throw new UsageError(`${shown(file)} threw ${String(error)} while it was loaded.`);
    // The bundle has a class of its own by this name.
    if (error.name === 'DefinitionError') throw new UsageError(`${shown(file)}: ${error.message}`);
    throw new UsageError(
      `${shown(file)} threw while it was loaded: ${error.name}: ${error.message}${frameIn(file, error)}`,
    );
  } finally {
    process.setSourceMapsEnabled(false);
  }
}

/** Where in the user's file an error came from. */
function frameIn(file: string, error: Error): string {
  const name = basename(file).replaceAll('.', '\\.');
  const place = new RegExp(`${name}:(\\d+):(\\d+)`).exec(error.stack ?? '');
  return place === null ? '' : ` (line ${place[1]})`;
}

function pipelineOf(module: Record<string, unknown>, file: string): Pipeline {
  const exported = module['default'] as Partial<Pipeline> | undefined;
  const isPipeline =
    typeof exported?.name === 'string' && Array.isArray(exported.aggregates) && 'maxAheadMs' in exported;
  if (isPipeline) {
    const pipeline = exported as Pipeline;
    // The bundle has made them known to its own copy of Weir, and not to this one.
    for (const kind of pipeline.ownKinds) useMetricKind(kind);
    return pipeline;
  }
  const found = exported === undefined ? 'has no default export' : 'exports something else by default';
  throw new UsageError(`${shown(file)} ${found}. Write: export default definePipeline({ … })`);
}

/** A path as the user would type it. */
function shown(file: string): string {
  const near = relative(process.cwd(), file);
  return near.startsWith(`..${sep}`) ? file : near;
}
