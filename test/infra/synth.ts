import { resolve } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { discoverPipelines, type PipelineSource } from '#infra/discover-pipelines.ts';
import { addPipelineStacks } from '#infra/pipeline-stacks.ts';

export const PIPELINES_FOLDER = resolve(import.meta.dirname, '../../pipelines');

/** The flags of cdk.json count here too: they decide names and policies. */
const { default: cdkJson } = await import('../../cdk.json', { with: { type: 'json' } });

// CloudFormation's own checks take seconds a run; one test of the command line has them.
process.env['CDK_VALIDATION'] = 'false';

/** An app as `bin/app.ts` makes it, without bundles unless they are asked for. */
export function newApp(context: Readonly<Record<string, unknown>> = {}, { bundles = false } = {}): App {
  return new App({
    context: { ...cdkJson.context, ...(!bundles && { 'aws:cdk:bundling-stacks': [] }), ...context },
  });
}

/** A pipeline's stack with options like those in cdk.json. */
export async function synthStack(options: object = {}, pipeline = 'flights'): Promise<Stack> {
  const app = newApp({ pipeline, weir: { [pipeline]: options } });
  const [stack] = addPipelineStacks(app, await discoverPipelines(PIPELINES_FOLDER));
  if (stack === undefined) throw new Error(`the app has no stack for ${pipeline}`);
  return stack;
}

export async function synthTemplate(options: object = {}, pipeline = 'flights'): Promise<Template> {
  return Template.fromStack(await synthStack(options, pipeline));
}

/** Of a pipeline that no file stands behind; its code is not bundled, so that any will do. */
export function synthPipeline(pipeline: Pipeline, options: object = {}): Template {
  const source = { pipeline, file: resolve(PIPELINES_FOLDER, 'flights.ts') };
  const [stack] = addPipelineStacks(newApp({ weir: { [pipeline.name]: options } }), [source]);
  if (stack === undefined) throw new Error(`the app has no stack for ${pipeline.name}`);
  return Template.fromStack(stack);
}

/** The properties of all resources of a type. */
export function propertiesOf(template: Template, type: string): Record<string, unknown>[] {
  return Object.values(template.findResources(type)).map(
    ({ Properties }) => Properties as Record<string, unknown>,
  );
}

/** A source that no file stands behind. */
export function sourceNamed(source: PipelineSource, name: string, file: string): PipelineSource {
  return { pipeline: { ...source.pipeline, name }, file };
}
