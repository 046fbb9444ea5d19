import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { QueueDeadLetters } from '#adapters/dead-letters/queue-dead-letters.ts';
import type { DeadLetter } from '#app/ports/dead-letters.ts';
import type { DeadLetterMessage } from '#contracts/dead-letter-message.ts';
import type { RejectReason } from '#core/rejection.ts';
import { emulatorClients } from '#local/emulator-clients.ts';
import { startFauxqs } from '#local/emulators/fauxqs.ts';
import { LOCAL_REGION } from '#local/resource-names.ts';
import { SimulatedQueue } from '../simulation/simulated-queue.ts';
import { deadLetterContract } from './dead-letters.ts';

const BUCKET = 'conformance';

deadLetterContract("the simulation's queue", async () => {
  let queue = new SimulatedQueue();
  return {
    deadLetters: {
      send: async (letters) => {
        for (const letter of letters) queue.keep(letter);
      },
    },
    takeAll: async () => {
      const letters = [...queue.all()];
      queue = new SimulatedQueue();
      return letters;
    },
    close: async () => {},
  };
});

deadLetterContract('QueueDeadLetters on fauxqs', async () => {
  const emulator = await startFauxqs({ region: LOCAL_REGION });
  const { endpoint } = emulator;
  const { sqs, s3, destroy } = emulatorClients({
    kinesis: endpoint,
    dynamodb: endpoint,
    sqs: endpoint,
    s3: endpoint,
  });
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'conformance' }));
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const services = {
    sendMessageBatch: (input: ConstructorParameters<typeof SendMessageBatchCommand>[0]) =>
      sqs.send(new SendMessageBatchCommand(input)),
    putObject: (input: ConstructorParameters<typeof PutObjectCommand>[0]) =>
      s3.send(new PutObjectCommand(input)),
  };
  const payloadOf = async ({ payload, payloadBase64, payloadObject }: DeadLetterMessage) => {
    if (payload !== undefined) return payload;
    if (payloadBase64 !== undefined) return Buffer.from(payloadBase64, 'base64');
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: payloadObject?.bucket, Key: payloadObject?.key }),
    );
    return (await Body?.transformToString()) ?? '';
  };
  return {
    deadLetters: new QueueDeadLetters(services, QueueUrl, BUCKET),
    takeAll: async () => {
      const letters: DeadLetter[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
        );
        if (Messages.length === 0) return letters;
        for (const { Body = '', ReceiptHandle } of Messages) {
          const message = JSON.parse(Body) as DeadLetterMessage;
          letters.push(fromMessage(message, await payloadOf(message)));
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
      }
    },
    close: async () => {
      destroy();
      await emulator.stop();
    },
  };
});

/** The letter that a message was made of. */
function fromMessage(message: DeadLetterMessage, payload: string | Uint8Array): DeadLetter {
  const { arrival, detail, event, pipeline, reason, sequenceNumber, shard, stream } = message;
  return {
    pipeline,
    shard: { stream, shard } as DeadLetter['shard'],
    sequence: sequenceNumber as DeadLetter['sequence'],
    event,
    arrival: Date.parse(arrival) as DeadLetter['arrival'],
    rejection: { reason: reason as RejectReason, detail },
    payload,
  };
}
