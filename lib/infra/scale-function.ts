import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { SCALE_FUNCTION } from '#contracts/scale-function.ts';
import type { ScaleEnv } from '#functions/scale/env.ts';
import type { PipelineOptions } from './options.ts';
import { PipelineFunction } from './pipeline-function.ts';
import type { ScaleOptions } from './scale-options.ts';
import { callEvery } from './schedule.ts';
import type { PipelineTable } from './table.ts';

export interface ScaleFunctionProps {
  readonly pipeline: string;
  readonly code: Code;
  readonly options: PipelineOptions;
  readonly scale: ScaleOptions;
  readonly stream: IStream;
  readonly table: PipelineTable;
  readonly key: IKey | undefined;
  /** Customer-managed keys of stream and table. */
  readonly keys: readonly IKey[];
}

/** The function `scale` and its schedule. */
export class ScaleFunction extends Construct {
  readonly function: PipelineFunction;

  constructor(scope: Construct, id: string, props: ScaleFunctionProps) {
    super(scope, id);
    const { code, key, options, pipeline, scale, stream, table } = props;
    const description = `Splits and merges the shards of the pipeline ${pipeline}`;
    const environment = {
      WEIR_TABLE: table.tableName,
      WEIR_STREAM: stream.streamName,
      WEIR_SHARDS_MIN: String(scale.shardsMin),
      WEIR_SHARDS_MAX: String(scale.shardsMax),
      WEIR_SHARD_BYTES_PER_SECOND: String(scale.shardBytesPerSecond),
      WEIR_SHARD_RECORDS_PER_SECOND: String(scale.shardRecordsPerSecond),
      WEIR_SCALE_CALM_MINUTES: String(scale.calmMinutes),
    } satisfies ScaleEnv;
    this.function = new PipelineFunction(this, 'Scale', {
      name: 'scale',
      pipeline,
      description,
      code,
      settings: SCALE_FUNCTION,
      environment,
      permissions: permissions(props),
      options,
      key,
      reasons: {
        noDeadLetterQueue:
          'A run that failed is of no further use: the next one, a minute later, looks at the stream anew.',
        noTracing:
          'Tracing is a choice (function.tracing): one run a minute, of which the metrics tell as much.',
      },
    });
    callEvery(this, this.function.lambda, {
      description,
      everyMinutes: SCALE_FUNCTION.everyMinutes,
      alarm: 'scaling-failed',
    });
  }
}

/** All that the function `scale` may do. */
function permissions({ keys, pipeline, stream, table }: ScaleFunctionProps): PolicyStatement[] {
  const statements = [
    new PolicyStatement({
      sid: 'LookAtShards',
      actions: [
        'kinesis:DescribeStreamSummary',
        'kinesis:GetRecords',
        'kinesis:GetShardIterator',
        'kinesis:ListShards',
      ],
      resources: [stream.streamArn],
    }),
    new PolicyStatement({
      sid: 'SplitAndMerge',
      actions: ['kinesis:MergeShards', 'kinesis:SplitShard'],
      resources: [stream.streamArn],
    }),
    new PolicyStatement({
      sid: 'RememberShards',
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      resources: [table.tableArn],
      // Its own item, and nothing of what the pipeline counts.
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`scale|${pipeline}|*`] } },
    }),
  ];
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
