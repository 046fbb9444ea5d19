import { type App, DefaultStackSynthesizer, type IStackSynthesizer } from 'aws-cdk-lib';
import { checkNames, type PipelineSource, stackName } from './discover-pipelines.ts';
import { DeploymentError, readOptions } from './options.ts';
import { PipelineStack } from './pipeline-stack.ts';

/**
 * Adds one stack a pipeline to an app. Its context says how: `pipeline` picks one, `weir` has the options, and
 * `bootstrapVersionRule` is `false` for emulators that know no such rule. Throws `DeploymentError` for what can not be
 * deployed.
 */
export function addPipelineStacks(app: App, sources: readonly PipelineSource[]): PipelineStack[] {
  checkNames(sources);
  const names = sources.map(({ pipeline }) => pipeline.name);
  const wanted = app.node.tryGetContext('pipeline') as string | undefined;
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new DeploymentError(
      `context pipeline: there is no pipeline '${wanted}'; there are ${names.join(', ')}`,
    );
  }
  const options: unknown = app.node.tryGetContext('weir');
  const generateBootstrapVersionRule =
    String(app.node.tryGetContext('bootstrapVersionRule') ?? true) !== 'false';
  return sources
    .filter(({ pipeline }) => wanted === undefined || pipeline.name === wanted)
    .map(
      (source) =>
        new PipelineStack(app, stackName(source.pipeline.name), {
          source,
          options: readOptions(options, source.pipeline.name, names),
          // CDK's own types do not agree under exactOptionalPropertyTypes.
          synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule }) as IStackSynthesizer,
        }),
    );
}
