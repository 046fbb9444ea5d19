import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { REPAIR_FUNCTION } from '#contracts/repair-function.ts';
import type { RepairEnv } from '#functions/repair/env.ts';
import type { PipelineOptions } from './options.ts';
import { PipelineFunction } from './pipeline-function.ts';
import type { ReferenceTables } from './reference-tables.ts';
import { callEvery } from './schedule.ts';
import type { PipelineTable } from './table.ts';

export interface RepairFunctionProps {
  readonly pipeline: string;
  readonly code: Code;
  readonly options: PipelineOptions;
  readonly stream: IStream;
  readonly table: PipelineTable;
  readonly deadLetterQueue: IQueue;
  readonly deadLetterBucket: Bucket;
  readonly referenceTables: ReferenceTables;
  readonly key: IKey | undefined;
  /** Customer-managed keys of any of them. */
  readonly keys: readonly IKey[];
}

/** The function `repair` and its schedule. */
export class RepairFunction extends Construct {
  readonly function: PipelineFunction;

  constructor(scope: Construct, id: string, props: RepairFunctionProps) {
    super(scope, id);
    const { code, deadLetterBucket, deadLetterQueue, key, options, pipeline, stream, table } = props;
    const description = `Adds what the pipeline ${pipeline} left out under load`;
    const environment = {
      WEIR_TABLE: table.tableName,
      WEIR_STREAM: options.stream.arn ?? stream.streamName,
      WEIR_DEAD_LETTER_QUEUE_URL: deadLetterQueue.queueUrl,
      WEIR_DEAD_LETTER_BUCKET: deadLetterBucket.bucketName,
      ...(Object.keys(props.referenceTables.replaced).length > 0 && {
        WEIR_REFERENCE_TABLES: JSON.stringify(props.referenceTables.replaced),
      }),
    } satisfies RepairEnv;
    this.function = new PipelineFunction(this, 'Repair', {
      name: 'repair',
      pipeline,
      description,
      code,
      settings: REPAIR_FUNCTION,
      environment,
      permissions: permissions(props),
      options,
      key,
      reasons: {
        noDeadLetterQueue:
          'A run that failed is of no further use: the next one, a minute later, goes on where it stopped.',
        noTracing:
          'Tracing is a choice (function.tracing): one run a minute, of which the metrics tell as much.',
      },
    });
    callEvery(this, this.function.lambda, {
      description,
      everyMinutes: REPAIR_FUNCTION.everyMinutes,
      alarm: 'repair-stopped',
    });
  }
}

/** All that the function `repair` may do. */
function permissions(props: RepairFunctionProps): PolicyStatement[] {
  const { deadLetterBucket, deadLetterQueue, keys, pipeline, referenceTables, stream, table } = props;
  const statements = [
    new PolicyStatement({
      sid: 'ReadStream',
      actions: ['kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator'],
      resources: [stream.streamArn],
    }),
    new PolicyStatement({
      sid: 'ReadHolesAndWriteAmendments',
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
      resources: [table.tableArn],
    }),
    new PolicyStatement({
      sid: 'KeepRejectedEvents',
      actions: ['sqs:SendMessage'],
      resources: [deadLetterQueue.queueArn],
    }),
    new PolicyStatement({
      sid: 'KeepLargeRejectedEvents',
      actions: ['s3:PutObject'],
      resources: [deadLetterBucket.arnForObjects(`${pipeline}/*`)],
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
  const keyArns = [...keys.map(({ keyArn }) => keyArn), ...referenceTables.keyArns];
  if (keyArns.length > 0) {
    statements.push(
      new PolicyStatement({
        sid: 'UseKeys',
        actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
        resources: keyArns,
      }),
    );
  }
  return statements;
}
