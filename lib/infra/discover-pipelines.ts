import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { DeploymentError } from './options.ts';

/** A pipeline, and the file that its function's bundle takes it from. */
export interface PipelineSource {
  readonly pipeline: Pipeline;
  /** Absolute. */
  readonly file: string;
}

/** Loads the pipelines of a folder, one a file, by name. Throws for files that define none, and for mistakes in them. */
export async function discoverPipelines(folder: string): Promise<PipelineSource[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  if (names.length === 0)
    throw new DeploymentError(`${folder} has no pipelines; add a file, e.g. flights.ts`);
  const sources: PipelineSource[] = [];
  for (const name of names.sort()) {
    const file = join(folder, name);
    const module = (await import(pathToFileURL(file).href)) as { default?: Partial<Pipeline> };
    const pipeline = module.default;
    if (typeof pipeline?.name !== 'string' || !Array.isArray(pipeline.aggregates)) {
      throw new DeploymentError(
        `${file} has no pipeline as its default export; write: export default definePipeline({ … })`,
      );
    }
    sources.push({ pipeline: pipeline as Pipeline, file });
  }
  return sources;
}

/** The name of a pipeline's stack. CloudFormation has no `_` in names. */
export function stackName(pipeline: string): string {
  return `weir-${pipeline.replaceAll('_', '-')}`;
}

/** CloudFormation's limit. What it names after the stack, it shortens by itself. */
const STACK_NAME_LENGTH_MAX = 128;

/** Refuses pipelines that can not be deployed side by side. Throws `DeploymentError`. */
export function checkNames(sources: readonly PipelineSource[]): void {
  const seen = new Map<string, PipelineSource>();
  for (const source of sources) {
    const name = stackName(source.pipeline.name);
    if (name.length > STACK_NAME_LENGTH_MAX) {
      throw new DeploymentError(
        `${source.file}: the name of its stack, ${name}, has ${name.length} characters; at most ${STACK_NAME_LENGTH_MAX} are allowed: shorten the pipeline's name`,
      );
    }
    const other = seen.get(name);
    if (other !== undefined) {
      throw new DeploymentError(
        `${other.file} and ${source.file} would both be the stack ${name}: rename the pipeline in one of them ('${other.pipeline.name}', '${source.pipeline.name}')`,
      );
    }
    seen.set(name, source);
  }
}
