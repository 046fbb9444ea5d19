import { type MakeClient, makePlainClient } from '../make-client.ts';
import { once } from '../once.ts';
import type { DeadLetterServices } from './queue-dead-letters.ts';

/**
 * SQS and S3, loaded with the first rejected event: most environments never see one, and would pay for the clients
 * with every cold start.
 */
export function lazyDeadLetterServices(makeClient: MakeClient = makePlainClient): DeadLetterServices {
  const sqs = once(async () => {
    const { SendMessageBatchCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    // The region's endpoint, or the environment's: a local queue's URL may name a host that only its emulator knows.
    const client = makeClient(
      (config) => new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
      () => 'dead_letter_queue',
    );
    return (input: ConstructorParameters<typeof SendMessageBatchCommand>[0]) =>
      client.send(new SendMessageBatchCommand(input));
  });
  const s3 = once(async () => {
    const { PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
    // A bucket name in the path, not in the host, is what every local endpoint understands.
    const forcePathStyle = process.env.AWS_ENDPOINT_URL_S3 !== undefined;
    const client = makeClient(
      (config) => new S3Client({ ...config, forcePathStyle }),
      () => 'dead_letter_bucket',
    );
    return (input: ConstructorParameters<typeof PutObjectCommand>[0]) =>
      client.send(new PutObjectCommand(input));
  });
  return {
    sendMessageBatch: async (input) => (await sqs())(input),
    putObject: async (input) => (await s3())(input),
  };
}
