// The CDK app: one stack for each pipeline in pipelines/, or for the one that `-c pipeline=name` picks.
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { discoverPipelines } from '#infra/discover-pipelines.ts';
import { addPipelineStacks } from '#infra/pipeline-stacks.ts';

try {
  const app = new App();
  addPipelineStacks(app, await discoverPipelines(fileURLToPath(new URL('../pipelines/', import.meta.url))));
  app.synth();
} catch (error) {
  // What the user can set right is told without where in our code it was noticed.
  const isTheirs = error instanceof Error && ['DeploymentError', 'DefinitionError'].includes(error.name);
  console.error(isTheirs ? error.message : error);
  process.exitCode = 1;
}
