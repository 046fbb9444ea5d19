import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EmulatorClients } from '#local/emulator-clients.ts';
import type { Emulator } from '#local/emulators/emulator.ts';
import { startFauxqs } from '#local/emulators/fauxqs.ts';
import { clientsAt } from './clients.ts';

let folder: string;
let journalFile: string;
let emulator: Emulator;
let clients: EmulatorClients;
let queue: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  journalFile = join(folder, 'queues.jsonl');
  await start();
});

afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

async function start(): Promise<void> {
  emulator = await startFauxqs({ region: 'us-east-1', journalFile });
  clients = clientsAt(emulator.endpoint);
  const attributes = { MessageRetentionPeriod: '1209600' };
  const { QueueUrl = '' } = await clients.sqs.send(
    new CreateQueueCommand({ QueueName: 'letters', Attributes: attributes }),
  );
  queue = QueueUrl;
}

async function stop(): Promise<void> {
  clients.destroy();
  await emulator.stop();
}

/** Ends it without a word: what is in the journal's file is all that is left. */
async function crash(): Promise<void> {
  const left = await readFile(journalFile);
  await stop();
  await writeFile(journalFile, left);
}

async function send(...bodies: readonly string[]): Promise<void> {
  for (const MessageBody of bodies)
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody }));
}

async function receive() {
  const command = { QueueUrl: queue, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] };
  return (await clients.sqs.send(new ReceiveMessageCommand(command))).Messages ?? [];
}

async function bodies(): Promise<string[]> {
  return (await receive()).map(({ Body = '' }) => Body).toSorted();
}

test("the queue is on 127.0.0.1, at the emulator's own port", () => {
  expect(new URL(queue).origin).toBe(emulator.endpoint);
});

describe('after a crash', () => {
  test('messages are there, with their attributes', async () => {
    const attributes = { reason: { DataType: 'String', StringValue: 'schema' } };
    const message = { QueueUrl: queue, MessageBody: 'grüße\n"', MessageAttributes: attributes };
    await clients.sqs.send(new SendMessageCommand(message));
    await clients.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queue,
        Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody: `batch ${Id}` })),
      }),
    );
    await crash();
    await start();
    const messages = await receive();
    expect(new Set(messages.map(({ Body }) => Body))).toEqual(new Set(['batch a', 'batch b', 'grüße\n"']));
    const [first] = messages.filter(({ Body }) => Body === message.MessageBody);
    expect(first?.MessageAttributes).toMatchObject(attributes);
  });

  test('deleted messages are not', async () => {
    await send('one', 'two', 'three', 'four');
    for (const { Body, MessageId = '', ReceiptHandle = '' } of await receive()) {
      if (Body === 'one')
        await clients.sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle }));
      const Entries = [{ Id: MessageId, ReceiptHandle }];
      if (Body === 'three')
        await clients.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue, Entries }));
    }
    await crash();
    await start();
    expect(await bodies()).toEqual(['four', 'two']);
  });

  test('a second one finds what the first had brought back', async () => {
    await send('one');
    await crash();
    await start();
    await send('two');
    await crash();
    await start();
    expect(await bodies()).toEqual(['one', 'two']);
  });

  test('in the middle of a line, what was told to be sent is there', async () => {
    await send('one');
    await crash();
    await appendFile(journalFile, '{"type":"sent","queue":"letters","mess');
    await start();
    expect(await bodies()).toEqual(['one']);
  });

  test('a purged queue is empty', async () => {
    await send('one');
    await clients.sqs.send(new PurgeQueueCommand({ QueueUrl: queue }));
    await send('two');
    await crash();
    await start();
    expect(await bodies()).toEqual(['two']);
  });

  test('objects are there, with all their bytes; deleted ones are not', async () => {
    const { s3 } = clients;
    const Bucket = 'large-letters';
    const Body = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 256);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(
      new PutObjectCommand({ Bucket, Key: 'folder/ä b.bin', Body, ContentType: 'application/json' }),
    );
    await s3.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: 'x' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await crash();
    await start();
    const object = await clients.s3.send(new GetObjectCommand({ Bucket, Key: 'folder/ä b.bin' }));
    expect(await object.Body?.transformToByteArray()).toEqual(Body);
    expect(object.ContentType).toBe('application/json');
    await expect(clients.s3.send(new GetObjectCommand({ Bucket, Key: 'gone' }))).rejects.toThrow(
      'does not exist',
    );
  });
});

test('the journal does not grow with what is gone', async () => {
  await send('x'.repeat(10_000));
  await clients.sqs.send(new PurgeQueueCommand({ QueueUrl: queue }));
  await stop();
  await start();
  expect((await readFile(journalFile)).byteLength).toBeLessThan(1000);
});

test('a journal that is none is not taken for an empty one', async () => {
  await stop();
  await writeFile(journalFile, '{"type":"something else"}\n');
  await expect(startFauxqs({ region: 'us-east-1', journalFile })).rejects.toThrow(
    'line 1 is no journal entry',
  );
  await writeFile(journalFile, '');
  await start();
});
