import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException as TableInUse,
} from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ResourceInUseException as StreamInUse,
} from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, HeadBucketCommand, NotFound, type S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { TABLE_KEYS } from '#contracts/table.ts';
import type { EmulatorClients } from './emulator-clients.ts';
import type { ResourceNames } from './resource-names.ts';

const READY_WAIT_MS = 10_000;
const READY_CHECK_MS = 20;
const QUEUE_RETENTION_SECONDS = 14 * 24 * 3600;

export interface CreatedResources {
  readonly streamCreatedMs: number;
  readonly deadLetterQueueUrl: string;
  readonly failureQueueUrl: string;
}

/** Makes a pipeline's resources, or uses those that are there already. Resolves when all can be used. */
export async function createResources(
  clients: EmulatorClients,
  names: ResourceNames,
  shards: number,
): Promise<CreatedResources> {
  const [streamCreatedMs, , deadLetterQueueUrl, failureQueueUrl] = await Promise.all([
    createStream(clients.kinesis, names.stream, shards),
    createTable(clients.dynamodb, names.table),
    createQueue(clients.sqs, names.deadLetterQueue),
    createQueue(clients.sqs, names.failureQueue),
    createBucket(clients.s3, names.deadLetterBucket),
  ]);
  return { streamCreatedMs, deadLetterQueueUrl, failureQueueUrl };
}

/** @returns when the stream was made, in epoch milliseconds */
export async function createStream(client: KinesisClient, name: string, shards: number): Promise<number> {
  try {
    await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
  } catch (error) {
    if (!(error instanceof StreamInUse)) throw error;
  }
  return ready(`stream ${name}`, async () => {
    const { StreamDescriptionSummary: stream } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName: name }),
    );
    const usable = stream?.StreamStatus === 'ACTIVE' || stream?.StreamStatus === 'UPDATING';
    return usable ? stream.StreamCreationTimestamp?.getTime() : undefined;
  });
}

/** The one table of a pipeline. */
export async function createTable(client: DynamoDBClient, name: string): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: TABLE_KEYS.partition, KeyType: 'HASH' },
          { AttributeName: TABLE_KEYS.sort, KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: TABLE_KEYS.partition, AttributeType: 'S' },
          { AttributeName: TABLE_KEYS.sort, AttributeType: 'S' },
        ],
      }),
    );
  } catch (error) {
    if (!(error instanceof TableInUse)) throw error;
  }
  await ready(`table ${name}`, async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    return Table?.TableStatus === 'ACTIVE' || undefined;
  });
}

async function createQueue(client: SQSClient, name: string): Promise<string> {
  const attributes = { MessageRetentionPeriod: String(QUEUE_RETENTION_SECONDS) };
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  if (QueueUrl === undefined) throw new Error(`CreateQueue gave no URL for ${name}`);
  return QueueUrl;
}

async function createBucket(client: S3Client, name: string): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: name }));
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    await client.send(new CreateBucketCommand({ Bucket: name }));
  }
}

/** Asks until there is an answer. */
async function ready<Answer>(what: string, ask: () => Promise<Answer | undefined>): Promise<Answer> {
  const deadlineMs = Date.now() + READY_WAIT_MS;
  while (Date.now() < deadlineMs) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(READY_CHECK_MS);
  }
  throw new Error(
    `the ${what} did not become usable within ${READY_WAIT_MS} ms; if an earlier run was killed while making it, ` +
      'nothing is in it yet: remove the data folder',
  );
}
