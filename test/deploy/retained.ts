import {
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis';
import { DeleteBucketCommand, HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { DeleteQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { StackOutputs } from './cdk.ts';

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly kinesis: KinesisClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
}

/** Which of the resources that outlive a stack are there. */
export async function retainedLeft(clients: Clients, outputs: StackOutputs): Promise<string[]> {
  const { dynamodb, kinesis, s3, sqs } = clients;
  const { DeadLetterBucketName, DeadLetterQueueUrl, FailureQueueUrl, StreamName, TableName } = outputs;
  const looks: [string, () => Promise<unknown>][] = [
    ['stream', () => kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))],
    ['table', () => dynamodb.send(new DescribeTableCommand({ TableName }))],
    ['dead-letter queue', () => sqs.send(new GetQueueAttributesCommand({ QueueUrl: DeadLetterQueueUrl }))],
    ['failure queue', () => sqs.send(new GetQueueAttributesCommand({ QueueUrl: FailureQueueUrl }))],
    ['bucket', () => s3.send(new HeadBucketCommand({ Bucket: DeadLetterBucketName }))],
  ];
  const left: string[] = [];
  for (const [name, look] of looks) {
    try {
      await look();
      left.push(name);
    } catch (error) {
      if (!isAbsence(error)) throw error;
    }
  }
  return left;
}

/** Removes them, as docs/deploy.md says. */
export async function removeRetained(clients: Clients, outputs: StackOutputs): Promise<void> {
  const { dynamodb, kinesis, s3, sqs } = clients;
  const { DeadLetterBucketName, DeadLetterQueueUrl, FailureQueueUrl, StreamName, TableName } = outputs;
  await kinesis.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }));
  await dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
  await dynamodb.send(new DeleteTableCommand({ TableName }));
  await sqs.send(new DeleteQueueCommand({ QueueUrl: DeadLetterQueueUrl }));
  await sqs.send(new DeleteQueueCommand({ QueueUrl: FailureQueueUrl }));
  await s3.send(new DeleteBucketCommand({ Bucket: DeadLetterBucketName }));
}

function isAbsence(error: unknown): boolean {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  return /NotFound|NonExistent|NoSuch|DoesNotExist/.test(name ?? '') || $metadata?.httpStatusCode === 404;
}
