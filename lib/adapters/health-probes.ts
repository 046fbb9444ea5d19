import { DependencyError } from '#app/ports/dependency-error.ts';
import type { HealthProbe } from '#app/ports/health-probe.ts';
import { toDependencyError } from './dependency-error.ts';
import { type MakeClient, makePlainClient } from './make-client.ts';
import { once } from './once.ts';
import { streamInput } from './stream-identity.ts';

/** Whether the stream is there and can be written and read. `nameOrArn`: a name is looked for in the caller's account. */
export function streamProbe(nameOrArn: string, makeClient: MakeClient = makePlainClient): HealthProbe {
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
export function deadLetterProbe(queueUrl: string, makeClient: MakeClient = makePlainClient): HealthProbe {
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
