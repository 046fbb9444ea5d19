import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CLOSE_FUNCTION } from '#contracts/close-function.ts';
import type { CloseEnv } from '#functions/close/env.ts';
import { hasCanary } from './canary.ts';
import type { PipelineOptions } from './options.ts';
import { PipelineFunction } from './pipeline-function.ts';
import { callEvery } from './schedule.ts';
import type { PipelineTable } from './table.ts';

export interface CloseFunctionProps {
  readonly pipeline: string;
  readonly code: Code;
  readonly options: PipelineOptions;
  readonly stream: IStream;
  readonly table: PipelineTable;
  readonly key: IKey | undefined;
  /** Customer-managed keys of stream and table. */
  readonly keys: readonly IKey[];
}

/** The function `close` and its schedule. */
export class CloseFunction extends Construct {
  readonly function: PipelineFunction;

  constructor(scope: Construct, id: string, props: CloseFunctionProps) {
    super(scope, id);
    const { code, key, keys, options, pipeline, stream, table } = props;
    const { eventBus } = options.close;
    const canary = hasCanary(options);
    const busArn = eventBus === undefined ? undefined : busArnOf(this, eventBus);
    const environment = {
      WEIR_TABLE: table.tableName,
      // A name alone would be looked for in the stack's account, and a stream that is brought may be another's.
      WEIR_STREAM: options.stream.arn ?? stream.streamName,
      WEIR_CANARY: canary ? 'on' : 'off',
      ...(eventBus !== undefined && { WEIR_EVENT_BUS: eventBus }),
    } satisfies CloseEnv;
    this.function = new PipelineFunction(this, 'Close', {
      name: 'close',
      pipeline,
      description: `Closes the windows of the pipeline ${pipeline}`,
      code,
      settings: CLOSE_FUNCTION,
      environment,
      permissions: permissions(stream, table, keys, busArn, canary),
      options,
      key,
      reasons: {
        noDeadLetterQueue:
          'A run that failed is of no further use: the next one, a minute later, does all of its work.',
        noTracing:
          'Tracing is a choice (function.tracing): one run a minute, of which the metrics tell as much.',
      },
    });
    callEvery(this, this.function.lambda, {
      description: `Closes the windows of the pipeline ${pipeline}`,
      everyMinutes: CLOSE_FUNCTION.everyMinutes,
      alarm: 'closing-stopped',
    });
  }
}

/** A name alone is that of a bus beside the stack. */
export function busArnOf(scope: Construct, nameOrArn: string): string {
  if (nameOrArn.startsWith('arn:')) return nameOrArn;
  return EventBus.fromEventBusName(scope, 'Bus', nameOrArn).eventBusArn;
}

/** All that the function `close` may do. */
function permissions(
  stream: IStream,
  table: PipelineTable,
  keys: readonly IKey[],
  busArn: string | undefined,
  canary: boolean,
): PolicyStatement[] {
  const statements = [
    new PolicyStatement({
      sid: 'LookAtStream',
      actions: [
        'kinesis:DescribeStreamSummary',
        'kinesis:GetRecords',
        'kinesis:GetShardIterator',
        'kinesis:ListShards',
      ],
      resources: [stream.streamArn],
    }),
    new PolicyStatement({
      sid: 'CloseWindows',
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
      resources: [table.tableArn],
    }),
  ];
  if (canary) {
    statements.push(
      new PolicyStatement({
        sid: 'PutCanaries',
        actions: ['kinesis:PutRecords'],
        resources: [stream.streamArn],
      }),
    );
  }
  if (busArn !== undefined) {
    statements.push(
      new PolicyStatement({ sid: 'Announce', actions: ['events:PutEvents'], resources: [busArn] }),
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
