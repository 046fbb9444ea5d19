import { type CfnElement, type CfnResource, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  ApplicationLogLevel,
  Architecture,
  CfnEventSourceMapping,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AGGREGATE_FUNCTION } from '#contracts/aggregate-function.ts';
import { EVENT_SOURCE } from '#contracts/event-source.ts';
import type { AggregateEnv } from '#functions/aggregate/env.ts';
import type { PipelineOptions } from './options.ts';
import { type AggregateResources, aggregatePermissions } from './permissions.ts';
import type { ReferenceTables } from './reference-tables.ts';

export interface AggregateFunctionProps {
  readonly pipeline: string;
  readonly code: Code;
  readonly options: PipelineOptions;
  readonly resources: Omit<AggregateResources, 'logGroup' | 'referenceTables'>;
  readonly referenceTables: ReferenceTables;
  /** For its environment variables and log group. */
  readonly key: IKey | undefined;
}

/** The function `aggregate`, its role and log group, and the mapping that feeds it from the stream. */
export class AggregateFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly logGroup: LogGroup;
  readonly mapping: CfnEventSourceMapping;

  constructor(scope: Construct, id: string, props: AggregateFunctionProps) {
    super(scope, id);
    const { code, key, options, pipeline, referenceTables, resources } = props;
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: options.logRetentionDays,
      ...(key !== undefined && { encryptionKey: key }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Runs the function aggregate of the pipeline ${pipeline}`,
    });
    const all = { ...resources, logGroup: this.logGroup, referenceTables };
    for (const statement of aggregatePermissions(pipeline, all)) {
      role.addToPolicy(statement);
    }
    const environment = {
      WEIR_TABLE: resources.table.tableName,
      WEIR_DEAD_LETTER_QUEUE_URL: resources.deadLetterQueue.queueUrl,
      WEIR_DEAD_LETTER_BUCKET: resources.deadLetterBucket.bucketName,
      ...(Object.keys(referenceTables.replaced).length > 0 && {
        WEIR_REFERENCE_TABLES: JSON.stringify(referenceTables.replaced),
      }),
    } satisfies AggregateEnv;
    const { logLevel, reservedConcurrency, tracing } = options.function;
    this.lambda = new LambdaFunction(this, 'Function', {
      description: `Aggregates the events of the pipeline ${pipeline}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'handler.handler',
      code,
      memorySize: AGGREGATE_FUNCTION.memoryMegabytes,
      timeout: Duration.seconds(AGGREGATE_FUNCTION.timeoutSeconds),
      environment: { ...environment, NODE_OPTIONS: '--enable-source-maps' },
      ...(key !== undefined && { environmentEncryption: key }),
      role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel[logLevel],
      systemLogLevelV2: SystemLogLevel.INFO,
      tracing: tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(reservedConcurrency !== undefined && { reservedConcurrentExecutions: reservedConcurrency }),
    });
    // CDK makes a function depend on its role twice over; cfn-lint has a warning for that.
    (this.lambda.node.defaultChild as CfnResource).addMetadata('cfn-lint', {
      config: { ignore_checks: ['W3005'] },
    });
    // The plain resource: its properties are the contract's, one by one, none defaulted by a library.
    this.mapping = new CfnEventSourceMapping(this, 'Mapping', {
      functionName: this.lambda.functionArn,
      eventSourceArn: resources.stream.streamArn,
      startingPosition: EVENT_SOURCE.startingPosition,
      batchSize: EVENT_SOURCE.batchSize,
      maximumBatchingWindowInSeconds: EVENT_SOURCE.maxBatchingWindowSeconds,
      parallelizationFactor: EVENT_SOURCE.parallelizationFactor,
      bisectBatchOnFunctionError: EVENT_SOURCE.bisectBatchOnError,
      ...(EVENT_SOURCE.reportBatchItemFailures && { functionResponseTypes: ['ReportBatchItemFailures'] }),
      maximumRetryAttempts: EVENT_SOURCE.retryAttempts,
      maximumRecordAgeInSeconds: EVENT_SOURCE.maxRecordAgeSeconds,
      destinationConfig: { onFailure: { destination: resources.failureQueue.queueArn } },
      metricsConfig: { metrics: ['EventCount'] },
    });
    Validations.of(this.lambda).acknowledge(
      {
        id: 'Serverless-LambdaDLQ',
        reason:
          'That queue is for asynchronous calls, and there are none: the mapping calls the function, and has an on-failure destination of its own.',
      },
      {
        id: 'Serverless-LambdaTracing',
        reason:
          'Tracing is a choice (function.tracing): a trace a batch costs money, and metrics and logs tell the same of a single function.',
      },
    );
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${Stack.of(this).getLogicalId(resources.deadLetterBucket.node.defaultChild as CfnElement)}.Arn>/${pipeline}/*]`,
      reason: "Objects have a key for each rejected event; the wildcard ends at the pipeline's own prefix.",
    });
    if (tracing) {
      Validations.of(role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'X-Ray knows no resources: its two actions can only be allowed on all.',
      });
    }
  }
}
