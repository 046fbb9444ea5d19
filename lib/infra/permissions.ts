import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { ReferenceTables } from './reference-tables.ts';
import type { PipelineTable } from './table.ts';

/** What the function `aggregate` works on. */
export interface AggregateResources {
  readonly stream: IStream;
  readonly table: PipelineTable;
  readonly deadLetterQueue: IQueue;
  readonly failureQueue: IQueue;
  readonly deadLetterBucket: Bucket;
  readonly logGroup: ILogGroup;
  readonly referenceTables: Pick<ReferenceTables, 'arns' | 'keyArns'>;
  /** Customer-managed keys of any of them. */
  readonly keys: readonly IKey[];
}

/** All that the function `aggregate` and its mapping may do, by action and resource; nothing else is granted anywhere. */
export function aggregatePermissions(pipeline: string, resources: AggregateResources): PolicyStatement[] {
  const { deadLetterBucket, deadLetterQueue, failureQueue, keys, logGroup, referenceTables, stream, table } =
    resources;
  const statements = [
    new PolicyStatement({
      sid: 'ReadStream',
      actions: [
        'kinesis:DescribeStream',
        'kinesis:DescribeStreamSummary',
        'kinesis:GetRecords',
        'kinesis:GetShardIterator',
        'kinesis:ListShards',
      ],
      resources: [stream.streamArn],
    }),
    new PolicyStatement({
      sid: 'ReadAndCommit',
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      resources: [table.tableArn],
    }),
    new PolicyStatement({
      sid: 'KeepRejectedEvents',
      actions: ['sqs:SendMessage'],
      resources: [deadLetterQueue.queueArn, failureQueue.queueArn],
    }),
    new PolicyStatement({
      sid: 'KeepLargeRejectedEvents',
      actions: ['s3:PutObject'],
      resources: [deadLetterBucket.arnForObjects(`${pipeline}/*`)],
    }),
    new PolicyStatement({
      sid: 'Log',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  ];
  if (referenceTables.arns.length > 0) {
    statements.push(
      new PolicyStatement({
        sid: 'ReadReferenceData',
        actions: ['dynamodb:BatchGetItem'],
        resources: [...referenceTables.arns],
      }),
    );
  }
  if (referenceTables.keyArns.length > 0) {
    statements.push(
      new PolicyStatement({
        sid: 'DecryptReferenceData',
        actions: ['kms:Decrypt', 'kms:DescribeKey'],
        resources: [...referenceTables.keyArns],
      }),
    );
  }
  if (keys.length > 0) {
    statements.push(
      new PolicyStatement({
        sid: 'UseKeys',
        actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
        resources: keys.map(({ keyArn }) => keyArn),
      }),
    );
  }
  return statements;
}
