import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { awsConfig } from '#adapters/aws-config.ts';
import type { DeadLetterMessage } from '#contracts/dead-letter-message.ts';

/** What one call of SQS gives at most. */
const MESSAGES_A_CALL = 10;

/**
 * Takes messages out of a dead-letter queue until it is empty or `messagesMax` are read. They are deleted: this is
 * for a queue that ends with the run.
 */
export async function* takeDeadLetters(
  queueUrl: string,
  messagesMax: number,
): AsyncGenerator<DeadLetterMessage> {
  // A local queue's URL may name a host that only its emulator knows.
  const client = new SQSClient({ ...awsConfig(), useQueueUrlAsEndpoint: false });
  try {
    for (let read = 0; read < messagesMax; ) {
      const { Messages: messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: MESSAGES_A_CALL }),
      );
      if (messages.length === 0) return;
      await client.send(
        new DeleteMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      );
      read += messages.length;
      for (const { Body } of messages) yield JSON.parse(Body ?? '{}') as DeadLetterMessage;
    }
  } finally {
    client.destroy();
  }
}
