import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetterMessage } from '#contracts/dead-letter-message.ts';

const MESSAGES_A_CALL = 10;

/**
 * Takes all messages out of a dead-letter queue, as somebody does who looks at them.
 *
 * @param seen gets the position of each; a queue may give one more than once
 */
export async function takeLetters(sqs: SQSClient, queueUrl: string, seen: Set<string>): Promise<void> {
  while (true) {
    const { Messages: messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: MESSAGES_A_CALL }),
    );
    if (messages.length === 0) return;
    for (const { Body } of messages) {
      const letter = JSON.parse(Body ?? '{}') as DeadLetterMessage;
      seen.add(`${letter.sequenceNumber} ${letter.event}`);
    }
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}
