import { CfnOutput, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AGGREGATE_FUNCTION } from '#contracts/aggregate-function.ts';
import type { AlarmSettings } from '#contracts/alarms/alarm.ts';
import { pipelineAlarms } from '#contracts/alarms.ts';
import { dashboardSections } from '#contracts/dashboard.ts';
import { AggregateFunction } from './aggregate-function.ts';
import { PipelineAlarms } from './alarms.ts';
import { pipelineDashboard } from './dashboard.ts';
import { deadLetterBucket, failureQueue } from './dead-letters.ts';
import type { PipelineSource } from './discover-pipelines.ts';
import { encryptionKey } from './encryption.ts';
import { functionCode } from './function-code.ts';
import type { ResourceNames } from './metrics.ts';
import { alarmTopic } from './notifications.ts';
import type { PipelineOptions } from './options.ts';
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
    const aggregate = new AggregateFunction(this, 'Aggregate', {
      pipeline: pipeline.name,
      code: functionCode('aggregate', source.file),
      options,
      key,
      resources: {
        stream,
        table,
        deadLetterQueue: deadLetters,
        failureQueue: failures,
        deadLetterBucket: bucket,
        keys: [...new Set(keys)],
      },
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
    };
    const topic = alarmTopic(this, options, key);
    const alarms = new PipelineAlarms(this, 'Alarms', {
      definitions: pipelineAlarms(alarmSettings(options)),
      names,
      topic,
      options: options.alarms,
    });
    const dashboard = pipelineDashboard(this, 'Dashboard', {
      pipeline: pipeline.name,
      sections: dashboardSections({ stream: options.stream }),
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
      AlarmTopicArn: ['Alarms tell it when they go off and when it is over', topic.topicArn],
      DashboardName: ['The dashboard in CloudWatch', dashboard.dashboardName],
    };
    this.outputs = Object.entries(outputs).map(
      ([id, [description, value]]) => new CfnOutput(this, id, { description, value }),
    );
  }
}

/** What the thresholds of a stack's alarms depend on. */
export function alarmSettings({ stream, table }: PipelineOptions): AlarmSettings {
  return {
    streamRetentionHours: stream.retentionHours,
    functionTimeoutSeconds: AGGREGATE_FUNCTION.timeoutSeconds,
    invocationsMax: stream.mode === 'provisioned' ? stream.shards : ON_DEMAND_SHARDS_MAX,
    tableReadsCapped: table.readUnitsMax !== undefined,
    tableWritesCapped: table.writeUnitsMax !== undefined,
  };
}
