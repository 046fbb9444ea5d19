import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { PipelineOptions } from './options.ts';

/** The longest that SQS keeps messages. */
const MESSAGE_RETENTION_DAYS = 14;
/** Longer than a message that names the object, counted from midnight and with time to redrive. */
const OBJECT_RETENTION_DAYS = 30;

/** A queue for what failed: encrypted, over TLS only, kept as long as SQS can. */
export function failureQueue(
  scope: Construct,
  id: string,
  { retain }: PipelineOptions,
  key: IKey | undefined,
): Queue {
  const queue = new Queue(scope, id, {
    retentionPeriod: Duration.days(MESSAGE_RETENTION_DAYS),
    enforceSSL: true,
    ...(key === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: key }),
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  Validations.of(queue).acknowledge(
    {
      id: 'AwsSolutions-SQS3',
      reason:
        'It is where failures end: people and redrives take from it by hand, and no consumer can fail on it.',
    },
    {
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'It is a dead-letter queue itself, watched by alarms on its depth and age.',
    },
  );
  return queue;
}

/** A bucket for the payloads of rejected events that are too large for a message. */
export function deadLetterBucket(
  scope: Construct,
  id: string,
  { retain }: PipelineOptions,
  key: IKey | undefined,
): Bucket {
  const bucket = new Bucket(scope, id, {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    ...(key === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
    lifecycleRules: [
      {
        expiration: Duration.days(OBJECT_RETENTION_DAYS),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'It is private, written by one role under one prefix, and empty on most days. Who must know of every read has CloudTrail data events, which name the caller too.',
  });
  return bucket;
}
