import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type IStream, Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { PipelineOptions } from './options.ts';

/** The pipeline's stream: made, or brought by the user, who then looks after it. */
export function pipelineStream(scope: Construct, options: PipelineOptions, key: IKey | undefined): IStream {
  const { arn, keyArn, mode, retentionHours, shards } = options.stream;
  if (arn !== undefined) {
    return Stream.fromStreamAttributes(scope, 'Stream', {
      streamArn: arn,
      ...(keyArn !== undefined && { encryptionKey: Key.fromKeyArn(scope, 'StreamKey', keyArn) }),
    });
  }
  const stream = new Stream(scope, 'Stream', {
    ...(mode === 'on-demand'
      ? { streamMode: StreamMode.ON_DEMAND }
      : { streamMode: StreamMode.PROVISIONED, shardCount: shards }),
    retentionPeriod: Duration.hours(retentionHours),
    ...(key === undefined
      ? { encryption: StreamEncryption.MANAGED }
      : { encryption: StreamEncryption.KMS, encryptionKey: key }),
    removalPolicy: options.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  if (key !== undefined) {
    Validations.of(stream).acknowledge({
      id: 'AwsSolutions-KDS3',
      reason: 'A customer-managed key was asked for; what it costs is in docs/deploy.md.',
    });
  }
  return stream;
}
