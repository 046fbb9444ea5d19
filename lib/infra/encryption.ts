import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { PipelineOptions } from './options.ts';

/** The customer-managed key of a pipeline; `undefined` where the services' own keys do. */
export function encryptionKey(scope: Construct, { key }: PipelineOptions): IKey | undefined {
  if (key === 'aws') return undefined;
  if (key !== 'create') return Key.fromKeyArn(scope, 'Key', key);
  const created = new Key(scope, 'Key', {
    description: 'Weir: stream, table, queues, dead letters, logs and notifications of a pipeline',
    enableKeyRotation: true,
    // Without its key, all that it encrypted is lost.
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const { account, partition, region, urlSuffix } = Stack.of(scope);
  created.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Logs',
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal(`logs.${region}.${urlSuffix}`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
        },
      },
    }),
  );
  created.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Alarms',
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
  return created;
}
