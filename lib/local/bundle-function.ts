import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildFailure, build, type Message } from 'esbuild';
import { PIPELINE_MODULE } from '#contracts/aggregate-function.ts';
import { FUNCTION_BUNDLE, FUNCTION_ENTRY_FILE } from '#contracts/function-bundle.ts';

const PROJECT_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

/** What to bundle. Paths are absolute. */
export interface FunctionSource {
  /** The module that exports `handler`. */
  readonly entryFile: string;
  /** The pipeline that the module imports as `weir:pipeline`; may lie outside of this project. */
  readonly pipelineFile: string;
  readonly outputFolder: string;
}

/** A bundle, as it would be deployed. */
export interface BundledFunction {
  /** Absolute. */
  readonly entryFile: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** All files but source maps. */
  readonly bytes: number;
}

/** The code can't be bundled. The message says where and why, one line for each mistake. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

/**
 * Bundles a function with its pipeline, by the settings that the deployment uses too.
 * Throws `BundleError` for mistakes in the code.
 */
export async function bundleFunction(source: FunctionSource): Promise<BundledFunction> {
  const { metafile } = await build({
    ...FUNCTION_BUNDLE,
    mainFields: [...FUNCTION_BUNDLE.mainFields],
    outExtension: { ...FUNCTION_BUNDLE.outExtension },
    entryPoints: [source.entryFile],
    outdir: source.outputFolder,
    absWorkingDir: PROJECT_FOLDER,
    alias: {
      [PIPELINE_MODULE]: source.pipelineFile,
      'weir/producer': join(PROJECT_FOLDER, 'lib/producer.ts'),
      weir: join(PROJECT_FOLDER, 'lib/index.ts'),
    },
    // So that a pipeline's file can import `zod` wherever it lies.
    nodePaths: [join(PROJECT_FOLDER, 'node_modules')],
    metafile: true,
    logLevel: 'silent',
  }).catch((error: unknown) => {
    throw isBuildFailure(error) ? new BundleError(error.errors.map(describe).join('\n')) : error;
  });
  const files = Object.entries(metafile.outputs).map(([path, { bytes }]) => ({
    path: resolve(PROJECT_FOLDER, path),
    bytes,
  }));
  return {
    entryFile: join(source.outputFolder, FUNCTION_ENTRY_FILE),
    files,
    bytes: files.reduce((sum, { path, bytes }) => (path.endsWith('.map') ? sum : sum + bytes), 0),
  };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as { errors?: unknown }).errors);
}

function describe({ location, notes, text }: Message): string {
  const hints = notes.map((note) => `\n  ${note.text}`).join('');
  if (location === null) return `${text}${hints}`;
  const path = relative(process.cwd(), resolve(PROJECT_FOLDER, location.file));
  return `${path}:${location.line}:${location.column + 1}: ${text}${hints}`;
}
