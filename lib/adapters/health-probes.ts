import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { HealthProbe } from '#app/ports/health-probe.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { toDependencyError } from './dependency-error.ts';
import { type MakeClient, makePlainClient } from './make-client.ts';
import { once } from './once.ts';
import { streamInput } from './stream-identity.ts';

/** Where to find what a pipeline needs beside its table: what is not named is not asked. */
export interface HealthEnvironment {
  readonly WEIR_STREAM?: string | undefined;
  readonly WEIR_DEAD_LETTER_QUEUE_URL?: string | undefined;
  readonly WEIR_DEAD_LETTER_BUCKET?: string | undefined;
  readonly WEIR_EVENT_BUS?: string | undefined;
  /** Tables of reference data in place of those that the definition names. */
  readonly WEIR_REFERENCE_TABLES?: Readonly<Record<string, string>> | undefined;
}

/** What to ask of everything that a pipeline needs beside its table. */
export function healthProbes(
  { lookups }: Pick<Pipeline, 'lookups'>,
  environment: HealthEnvironment,
  makeClient: MakeClient = makePlainClient,
): HealthProbe[] {
  const {
    WEIR_DEAD_LETTER_BUCKET: bucket,
    WEIR_DEAD_LETTER_QUEUE_URL: queueUrl,
    WEIR_EVENT_BUS: bus,
    WEIR_REFERENCE_TABLES: replaced = {},
    WEIR_STREAM: stream,
  } = environment;
  // A lookup for each table.
  const tables = new Map(lookups.map((lookup) => [lookup.table, lookup.name]));
  return [
    ...(stream === undefined ? [] : [streamProbe(stream, makeClient)]),
    ...(queueUrl === undefined ? [] : [deadLetterProbe(queueUrl, makeClient)]),
    ...(bucket === undefined ? [] : [bucketProbe(bucket, makeClient)]),
    ...(bus === undefined ? [] : [eventBusProbe(bus, makeClient)]),
    ...[...tables].map(([table, lookup]) => referenceProbe(lookup, replaced[table] ?? table, makeClient)),
  ];
}

/** Whether the stream is there and can be written and read. `nameOrArn`: a name is looked for in the caller's account. */
function streamProbe(nameOrArn: string, makeClient: MakeClient): HealthProbe {
  const client = once(async () => {
    const { KinesisClient } = await import('@aws-sdk/client-kinesis');
    return makeClient(
      (config) => new KinesisClient(config),
      () => 'stream_reads',
    );
  });
  const ask = async () => {
    const { DescribeStreamSummaryCommand } = await import('@aws-sdk/client-kinesis');
    const stream = (await client()).send(new DescribeStreamSummaryCommand(streamInput(nameOrArn)));
    const status = await stream.then(
      ({ StreamDescriptionSummary: summary }) => summary?.StreamStatus,
      (error: unknown) => Promise.reject(toDependencyError('stream', 'DescribeStreamSummary', error)),
    );
    // While it is made or deleted, there is nothing to be had from it; while it is resharded, there is.
    if (status !== 'ACTIVE' && status !== 'UPDATING')
      throw new DependencyError('stream', 'refused', `the stream is ${status}`);
  };
  return { name: 'stream', ask };
}

/** Whether the queue for rejected events is there. */
function deadLetterProbe(queueUrl: string, makeClient: MakeClient): HealthProbe {
  const client = once(async () => {
    const { SQSClient } = await import('@aws-sdk/client-sqs');
    return makeClient(
      (config) => new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
      () => 'dead_letter_queue',
    );
  });
  const ask = async () => {
    const { GetQueueAttributesCommand } = await import('@aws-sdk/client-sqs');
    const command = new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: ['ApproximateNumberOfMessages'],
    });
    const sqs = await client();
    await sqs.send(command).catch((error: unknown) => {
      throw toDependencyError('dead_letters', 'GetQueueAttributes', error);
    });
  };
  return { name: 'dead-letter queue', ask };
}

/** Whether the bucket for payloads that are too large for the queue is there. */
function bucketProbe(bucket: string, makeClient: MakeClient): HealthProbe {
  const client = once(async () => {
    const { S3Client } = await import('@aws-sdk/client-s3');
    // A bucket name in the path, not in the host, is what every local endpoint understands.
    const forcePathStyle = process.env.AWS_ENDPOINT_URL_S3 !== undefined;
    return makeClient(
      (config) => new S3Client({ ...config, forcePathStyle }),
      () => 'dead_letter_bucket',
    );
  });
  const ask = async () => {
    const { HeadBucketCommand } = await import('@aws-sdk/client-s3');
    const s3 = await client();
    await s3.send(new HeadBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
      throw toDependencyError('dead_letters', 'HeadBucket', error);
    });
  };
  return { name: 'dead-letter bucket', ask };
}

/** Whether the bus is there that closed windows are announced on. */
function eventBusProbe(nameOrArn: string, makeClient: MakeClient): HealthProbe {
  const client = once(async () => {
    const { EventBridgeClient } = await import('@aws-sdk/client-eventbridge');
    return makeClient(
      (config) => new EventBridgeClient(config),
      () => 'event_bus',
    );
  });
  const ask = async () => {
    const { DescribeEventBusCommand } = await import('@aws-sdk/client-eventbridge');
    const events = await client();
    await events.send(new DescribeEventBusCommand({ Name: nameOrArn })).catch((error: unknown) => {
      throw toDependencyError('announcements', 'DescribeEventBus', error);
    });
  };
  return { name: 'event bus', ask };
}

/** Whether a table of reference data is there and can be read: without reading any of it. */
function referenceProbe(lookup: string, table: string, makeClient: MakeClient): HealthProbe {
  // Whoever asks has this client's code anyway; loaded by name alone, all of its commands would come with it.
  const client = once(async () =>
    makeClient(
      (config) => new DynamoDBClient(config),
      () => 'reference_table',
    ),
  );
  const ask = async () => {
    const described = (await client()).send(new DescribeTableCommand({ TableName: table }));
    const status = await described.then(
      ({ Table: found }) => found?.TableStatus,
      (error: unknown) => Promise.reject(toDependencyError('reference_data', 'DescribeTable', error)),
    );
    // Also while an index is added or the capacity changed; not while it is made, deleted, archived or has lost its key.
    if (status !== 'ACTIVE' && status !== 'UPDATING')
      throw new DependencyError('reference_data', 'refused', `the table is ${status}`);
  };
  return { name: `lookup ${lookup}`, ask };
}
