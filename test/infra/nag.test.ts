import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { discoverPipelines } from '#infra/discover-pipelines.ts';
import { addPipelineStacks } from '#infra/pipeline-stacks.ts';
import { newApp, PIPELINES_FOLDER } from './synth.ts';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001';

/** Every option that changes what is made. */
const OPTIONS = {
  'as it comes': {},
  'with a key, tracing and caps': {
    key: 'create',
    stream: { mode: 'on-demand' },
    function: { tracing: true, reservedConcurrency: 5 },
    table: { readUnitsMax: 10, writeUnitsMax: 10 },
    alarms: { emails: ['ops@example.com'] },
  },
  'with what is brought': {
    key: KEY,
    stream: { arn: 'arn:aws:kinesis:eu-west-1:111122223333:stream/theirs', keyArn: KEY },
    table: { arn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/theirs', keyArn: KEY },
    alarms: { topicArn: 'arn:aws:sns:eu-west-1:111122223333:theirs' },
    retain: false,
  },
  'with scaling, a key and tracing': {
    key: 'create',
    function: { tracing: true },
    scale: { shardsMax: 4 },
  },
  'with the ingest API': { ingestApi: true },
  'with the ingest API, a key, tracing and clients': {
    key: 'create',
    function: { tracing: true },
    ingestApi: { clients: { web: {}, batch: { requestsPerMonth: 1000 } }, accountLogRole: false },
  },
};

// A finding that is not acknowledged, with its reason, beside the construct in lib/infra, makes the synthesis throw.
describe('the rules of cdk-nag (AwsSolutions and Serverless)', () => {
  it.each(Object.entries(OPTIONS))('find nothing in a stack %s', async (_name, options) => {
    const app = newApp({ weir: { '*': options } });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    addPipelineStacks(app, await discoverPipelines(PIPELINES_FOLDER));
    expect(() => app.synth()).not.toThrow();
  });

  it('do look: without its acknowledgements, the same stack is full of findings', async () => {
    const app = newApp();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    const [stack] = addPipelineStacks(app, await discoverPipelines(PIPELINES_FOLDER));
    for (const construct of stack?.node.findAll() ?? []) {
      // Metadata has no way out but this.
      Reflect.set(
        construct.node,
        '_metadata',
        construct.node.metadata.filter(({ type }) => type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY),
      );
    }
    expect(() => app.synth()).toThrow('AwsSolutions-SQS3');
  });
});
