import { CfnOutput, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AGGREGATE_FUNCTION } from '#contracts/aggregate-function.ts';
import type { AlarmSettings } from '#contracts/alarms/alarm.ts';
import { pipelineAlarms } from '#contracts/alarms.ts';
import { dashboardSections } from '#contracts/dashboard.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { AggregateFunction } from './aggregate-function.ts';
import { PipelineAlarms } from './alarms.ts';
import { hasCanary } from './canary.ts';
import { CloseFunction } from './close-function.ts';
import { pipelineDashboard } from './dashboard.ts';
import { deadLetterBucket, failureQueue } from './dead-letters.ts';
import type { PipelineSource } from './discover-pipelines.ts';
import { encryptionKey } from './encryption.ts';
import { functionCode } from './function-code.ts';
import { IngestApi } from './ingest-api.ts';
import type { ResourceNames } from './metrics.ts';
import { alarmTopic } from './notifications.ts';
import type { PipelineOptions } from './options.ts';
import { QueryApi } from './query-api.ts';
import { referenceTables } from './reference-tables.ts';
import { RepairFunction } from './repair-function.ts';
import { ScaleFunction } from './scale-function.ts';
import { pipelineStream } from './stream.ts';
import { pipelineTable } from './table.ts';

/** Shards of an on-demand stream that is at its default limit of 200 MB a second. */
const ON_DEMAND_SHARDS_MAX = 200;

export interface PipelineStackProps extends StackProps {
  readonly source: PipelineSource;
  readonly options: PipelineOptions;
}

/** All that one pipeline is on AWS. */
export class PipelineStack extends Stack {
  readonly outputs: readonly CfnOutput[];

  constructor(scope: Construct, id: string, props: PipelineStackProps) {
    const { options, source, ...stackProps } = props;
    const { pipeline } = source;
    super(scope, id, {
      description: `Weir: the pipeline ${pipeline.name}`,
      ...(options.env !== undefined && { env: options.env }),
      ...stackProps,
    });
    const key = encryptionKey(this, options);
    const stream = pipelineStream(this, options, key);
    const table = pipelineTable(this, options, key);
    const deadLetters = failureQueue(this, 'DeadLetterQueue', options, key);
    const failures = failureQueue(this, 'FailureQueue', options, key);
    const bucket = deadLetterBucket(this, 'DeadLetterBucket', options, key);
    const keys = [key, stream.encryptionKey, table.encryptionKey].filter((one) => one !== undefined);
    const lookedUp = referenceTables(this, pipeline, options);
    const aggregate = new AggregateFunction(this, 'Aggregate', {
      pipeline: pipeline.name,
      code: functionCode('aggregate', source.file),
      options,
      key,
      referenceTables: lookedUp,
      resources: {
        stream,
        table,
        deadLetterQueue: deadLetters,
        failureQueue: failures,
        deadLetterBucket: bucket,
        keys: [...new Set(keys)],
      },
    });

    const ingest =
      options.ingestApi === undefined
        ? undefined
        : new IngestApi(this, 'IngestApi', {
            pipeline: pipeline.name,
            code: functionCode('ingest', source.file),
            options,
            ingest: options.ingestApi,
            stream,
            key,
          });

    const query =
      options.queryApi === undefined
        ? undefined
        : new QueryApi(this, 'QueryApi', {
            pipeline: pipeline.name,
            code: functionCode('query', source.file),
            options,
            query: options.queryApi,
            table,
            stream,
            deadLetterQueue: deadLetters,
            deadLetterBucket: bucket,
            referenceTables: lookedUp,
            key,
          });

    const closing = new CloseFunction(this, 'Closing', {
      pipeline: pipeline.name,
      code: functionCode('close', source.file),
      options,
      stream,
      table,
      key,
      keys: [...new Set(keys)],
    });

    const repairing =
      pipeline.capacity === null
        ? undefined
        : new RepairFunction(this, 'Repairing', {
            pipeline: pipeline.name,
            code: functionCode('repair', source.file),
            options,
            stream,
            table,
            deadLetterQueue: deadLetters,
            deadLetterBucket: bucket,
            referenceTables: lookedUp,
            key,
            keys: [...new Set(keys)],
          });

    const scaling =
      options.scale === undefined
        ? undefined
        : new ScaleFunction(this, 'Scaling', {
            pipeline: pipeline.name,
            code: functionCode('scale', source.file),
            options,
            scale: options.scale,
            stream,
            table,
            key,
            keys: [...new Set(keys)],
          });

    const names: ResourceNames = {
      stream: stream.streamName,
      mapping: aggregate.mapping.ref,
      function: aggregate.lambda.functionName,
      logGroup: aggregate.logGroup.logGroupName,
      table: table.tableName,
      deadLetterQueue: deadLetters.queueName,
      failureQueue: failures.queueName,
      pipeline: pipeline.name,
      ...(ingest !== undefined && {
        ingestApi: ingest.apiName,
        ingestStage: ingest.api.deploymentStage.stageName,
        ingestFunction: ingest.function.lambda.functionName,
      }),
      ...(query !== undefined && {
        queryApi: query.api.apiName,
        queryStage: query.api.api.deploymentStage.stageName,
        queryFunction: query.function.lambda.functionName,
      }),
    };
    const topic = alarmTopic(this, options, key);
    const alarms = new PipelineAlarms(this, 'Alarms', {
      definitions: pipelineAlarms(alarmSettings(options, pipeline)),
      names,
      topic,
      options: options.alarms,
    });
    const dashboard = pipelineDashboard(this, 'Dashboard', {
      pipeline: pipeline.name,
      sections: dashboardSections({
        stream: options.stream,
        ingestApi: ingest !== undefined,
        queryApi: query !== undefined,
        duplicates: pipeline.duplicates !== undefined,
        lookups: pipeline.lookups.length > 0,
        capacity: pipeline.capacity !== null,
        canary: hasCanary(options),
        scale: options.scale,
      }),
      names,
      alarms,
    });

    for (const [name, value] of Object.entries({ 'weir:pipeline': pipeline.name, ...options.tags })) {
      // Tags of dashboards are so new that some regions and checkers refuse a template with them.
      Tags.of(this).add(name, value, { excludeResourceTypes: ['AWS::CloudWatch::Dashboard'] });
    }

    const outputs: Readonly<Record<string, readonly [description: string, value: string]>> = {
      StreamName: ['Producers put their records here', stream.streamName],
      TableName: ['Aggregates are read from here', table.tableName],
      DeadLetterQueueUrl: ['Rejected events, with their reasons', deadLetters.queueUrl],
      FailureQueueUrl: ['Word of batches that the mapping gave up', failures.queueUrl],
      DeadLetterBucketName: ['Payloads of rejected events too large for the queue', bucket.bucketName],
      FunctionName: ['The function aggregate', aggregate.lambda.functionName],
      LogGroupName: ['What the function logs', aggregate.logGroup.logGroupName],
      CloseFunctionName: ['The function close', closing.function.lambda.functionName],
      ...(repairing !== undefined && {
        RepairFunctionName: ['The function repair', repairing.function.lambda.functionName] as const,
      }),
      ...(scaling !== undefined && {
        ScaleFunctionName: ['The function scale', scaling.function.lambda.functionName] as const,
      }),
      AlarmTopicArn: ['Alarms tell it when they go off and when it is over', topic.topicArn],
      DashboardName: ['The dashboard in CloudWatch', dashboard.dashboardName],
      ...ingestOutputs(ingest),
      ...queryOutputs(query),
    };
    this.outputs = Object.entries(outputs).map(
      ([id, [description, value]]) => new CfnOutput(this, id, { description, value }),
    );
  }
}

function ingestOutputs(ingest: IngestApi | undefined): Record<string, readonly [string, string]> {
  if (ingest === undefined) return {};
  const keys = [...ingest.keyIds].map(([client, id]) => [
    `IngestKeyId-${client}`,
    [`Id of the API key of ${client}`, id] as const,
  ]);
  return { IngestUrl: ['Events are posted here', ingest.url], ...Object.fromEntries(keys) };
}

function queryOutputs(query: QueryApi | undefined): Record<string, readonly [string, string]> {
  if (query === undefined) return {};
  const keys = [...query.api.keyIds].map(([client, id]) => [
    `QueryKeyId-${client}`,
    [`Id of the API key of ${client}`, id] as const,
  ]);
  return { QueryUrl: ['Values are asked for here', query.url], ...Object.fromEntries(keys) };
}

/** What the thresholds of a stack's alarms depend on. */
export function alarmSettings(
  options: PipelineOptions,
  { allowedLatenessMs, capacity, lookups }: Pick<Pipeline, 'allowedLatenessMs' | 'capacity' | 'lookups'>,
): AlarmSettings {
  const { ingestApi, queryApi, scale, stream, table } = options;
  return {
    canary: hasCanary(options),
    streamRetentionHours: stream.retentionHours,
    allowedLatenessSeconds: allowedLatenessMs / 1000,
    functionTimeoutSeconds: AGGREGATE_FUNCTION.timeoutSeconds,
    invocationsMax:
      stream.mode === 'provisioned' ? (scale?.shardsMax ?? stream.shards) : ON_DEMAND_SHARDS_MAX,
    tableReadsCapped: table.readUnitsMax !== undefined,
    tableWritesCapped: table.writeUnitsMax !== undefined,
    scale: scale !== undefined,
    ingestApi: ingestApi !== undefined,
    queryApi: queryApi !== undefined,
    capacity: capacity !== null,
    lookups: lookups.length > 0,
    lookupDefaults: lookups.some(({ whenDown }) => whenDown !== 'wait'),
    lookupRejects: lookups.some(({ whenMissing }) => whenMissing === 'reject'),
  };
}
