import { createHash } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import type { BatchResultErrorEntry, SendMessageBatchCommandInput } from '@aws-sdk/client-sqs';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toMessage, toQueueText } from '#adapters/dead-letters/dead-letter-json.ts';
import { lazyDeadLetterServices } from '#adapters/dead-letters/lazy-services.ts';
import { type DeadLetterServices, QueueDeadLetters } from '#adapters/dead-letters/queue-dead-letters.ts';
import type { DeadLetter } from '#app/ports/dead-letters.ts';
import type { DeadLetterMessage } from '#contracts/dead-letter-message.ts';
import type { EpochMs, ShardId, StreamId } from '#core/brand.ts';
import { parseSequence } from '#core/protocol/position.ts';
import { startServices, type TestServices } from '../../support/emulators.ts';

const BUCKET = 'dead-letters';

function letter(event: number | null, payload: string | Uint8Array): DeadLetter {
  return {
    pipeline: 'flights',
    shard: { stream: 'flights@980938800' as StreamId, shard: 'shardId-000000000000' as ShardId },
    sequence: parseSequence('49590338271490256608559692538361571095921575989136588898'),
    event,
    arrival: Date.parse('2001-01-31T12:00:00.123Z') as EpochMs,
    rejection: { reason: 'schema', detail: 'delay: expected a number' },
    payload,
  };
}

/** Characters that SQS and emulators of it take; JSON text needs no control characters. */
const QUEUE_TEXT = /^[\u0020-\ud7ff\ue000-\ufffd]*$/;

describe('a message', () => {
  test('says where the event stood, why it was rejected, and what it was', () => {
    expect(toMessage(letter(3, '{"delay":"late"}'))).toEqual({
      version: 1,
      pipeline: 'flights',
      stream: 'flights@980938800',
      shard: 'shardId-000000000000',
      sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
      event: 3,
      arrival: '2001-01-31T12:00:00.123Z',
      reason: 'schema',
      detail: 'delay: expected a number',
      payload: '{"delay":"late"}',
    });
    expect(toMessage(letter(null, Buffer.from('xabc').subarray(1)))).toMatchObject({
      event: null,
      payloadBase64: 'YWJj',
    });
  });

  test('has only characters that SQS takes, and reads back as it was', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.constantFrom(
          '\u0000',
          '\u0008',
          '\u000b',
          '\u007f',
          '\ud800',
          '\udfff',
          '\ufffe',
          '\uffff',
          '\\',
          '"',
          '\u{10ffff}',
          '\u{1fffe}',
        ),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      ),
    });
    fc.assert(
      fc.property(nasty, (payload) => {
        const text = toQueueText(toMessage(letter(0, payload)));
        expect(text).toMatch(QUEUE_TEXT);
        expect(JSON.parse(text)).toMatchObject({ payload });
      }),
    );
  });
});

describe('letters to a queue and a bucket', () => {
  let services: TestServices;
  let queueUrl: string;
  let deadLetters: QueueDeadLetters;

  beforeAll(async () => {
    services = await startServices();
    const { QueueUrl } = await services.clients.sqs.send(
      new CreateQueueCommand({ QueueName: 'dead-letters' }),
    );
    await services.clients.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    queueUrl = QueueUrl ?? '';
    deadLetters = new QueueDeadLetters(lazyDeadLetterServices(), queueUrl, BUCKET);
  });
  afterAll(() => services.stop());

  /** Takes all messages out of the queue. */
  async function receiveAll(): Promise<DeadLetterMessage[]> {
    const found: DeadLetterMessage[] = [];
    for (;;) {
      const { Messages = [] } = await services.clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      if (Messages.length === 0) return found.sort((a, b) => (a.event ?? -1) - (b.event ?? -1));
      for (const { Body, ReceiptHandle } of Messages) {
        found.push(JSON.parse(Body ?? '') as DeadLetterMessage);
        await services.clients.sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      }
    }
  }

  async function objectOf(message: DeadLetterMessage | undefined): Promise<Buffer> {
    const { Body } = await services.clients.s3.send(
      new GetObjectCommand({ Bucket: message?.payloadObject?.bucket, Key: message?.payloadObject?.key }),
    );
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  test('of any number and size arrive, each once', async () => {
    const sizes = Array.from({ length: 137 }, (_, i) => (i % 10 === 0 ? 60_000 : 10));
    await deadLetters.send(sizes.map((size, i) => letter(i, 'x'.repeat(size))));
    const received = await receiveAll();
    expect(received.map(({ event }) => event)).toEqual(sizes.map((_, i) => i));
    expect(received.map(({ payload }) => payload?.length)).toEqual(sizes);
  });

  test('of any characters arrive as they were', async () => {
    const payloads = [
      '\u0000\u0001\u001f',
      '\ufffe\uffff',
      '\\\ufffe',
      '\ud800 alone',
      'é \u{1f6eb}',
      '</xml>&amp;',
      '',
    ];
    await deadLetters.send(payloads.map((payload, i) => letter(i, payload)));
    expect((await receiveAll()).map(({ payload }) => payload)).toEqual(payloads);
  });

  test('of bytes that are no text arrive in base64', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await deadLetters.send([letter(null, bytes)]);
    const [message] = await receiveAll();
    expect(Buffer.from(message?.payloadBase64 ?? '', 'base64')).toEqual(Buffer.from(bytes));
  });

  test('of 5 MB have their payload in the bucket, and the queue says where', async () => {
    const large = `{"é":"${'x'.repeat(5_000_000)}"}`;
    const bytes = createHash('sha512').update('seed').digest().subarray(0, 50);
    const noise = Buffer.concat(Array.from({ length: 100_000 }, () => bytes));
    await deadLetters.send([letter(0, large), letter(1, 'small'), letter(2, noise)]);
    const [first, second, third] = await receiveAll();
    expect(first).toEqual({
      ...toMessage(letter(0, '')),
      payload: undefined,
      payloadObject: {
        bucket: BUCKET,
        key: 'flights/flights@980938800/shardId-000000000000/49590338271490256608559692538361571095921575989136588898-0',
        bytes: Buffer.byteLength(large),
      },
    });
    expect((await objectOf(first)).toString()).toBe(large);
    expect(second).toMatchObject({ payload: 'small' });
    expect((await objectOf(third)).equals(noise)).toBe(true);
  });

  test('of a text that JSON makes too large go to the bucket too', async () => {
    const growing = '\u0001'.repeat(100_000);
    await deadLetters.send([letter(0, growing), letter(null, new Uint8Array(170_000))]);
    const [record, event] = await receiveAll();
    expect((await objectOf(event)).toString()).toBe(growing);
    expect((await objectOf(record)).length).toBe(170_000);
    expect(record?.payloadObject?.key).toMatch(/-record$/);
  });

  test('sent again are there twice, and in the bucket once', async () => {
    const large = [letter(0, 'y'.repeat(300_000))];
    await deadLetters.send(large);
    await deadLetters.send(large);
    const keys = (await receiveAll()).map(({ payloadObject }) => payloadObject?.key);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  test('to a queue or a bucket that there is not are an error of the dead letters', async () => {
    const noQueue = new QueueDeadLetters(lazyDeadLetterServices(), `${queueUrl}-not`, BUCKET);
    await expect(noQueue.send([letter(0, 'x')])).rejects.toMatchObject({
      name: 'DependencyError',
      dependency: 'dead_letters',
      failure: 'refused',
      message: expect.stringMatching(/SendMessageBatch/),
    });
    const noBucket = new QueueDeadLetters(lazyDeadLetterServices(), queueUrl, 'no-such-bucket');
    await expect(noBucket.send([letter(0, 'x'.repeat(300_000))])).rejects.toMatchObject({
      name: 'DependencyError',
      failure: 'refused',
      message: expect.stringMatching(/PutObject: NoSuchBucket/),
    });
    expect(await receiveAll()).toEqual([]);
  });
});

describe('calls', () => {
  const BODY_BYTES = 262_144;

  /** A queue that keeps what it gets; `refuse` says which messages it does not take, of the nth call. */
  function scripted(refuse: (call: number, body: string) => Partial<BatchResultErrorEntry> | undefined) {
    const calls: SendMessageBatchCommandInput[] = [];
    const taken: string[] = [];
    const services: DeadLetterServices = {
      putObject: async () => ({}),
      sendMessageBatch: async (input) => {
        const call = calls.push(input) - 1;
        const failed: BatchResultErrorEntry[] = [];
        for (const { Id, MessageBody = '' } of input.Entries ?? []) {
          const refusal = refuse(call, MessageBody);
          if (refusal === undefined) taken.push(MessageBody);
          else failed.push({ Id, Code: 'InternalError', SenderFault: false, ...refusal });
        }
        return { Failed: failed, Successful: [], $metadata: {} };
      },
    };
    return { calls, taken, deadLetters: new QueueDeadLetters(services, 'url', BUCKET) };
  }

  test('hold ten messages and 256 KiB at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 190_000 }), { maxLength: 40 }), async (sizes) => {
        const { calls, taken, deadLetters } = scripted(() => undefined);
        await deadLetters.send(sizes.map((size, i) => letter(i, 'x'.repeat(size))));
        for (const { Entries = [] } of calls) {
          expect(Entries.length).toBeLessThanOrEqual(10);
          expect(
            Entries.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0),
          ).toBeLessThanOrEqual(BODY_BYTES);
          expect(new Set(Entries.map(({ Id }) => Id)).size).toBe(Entries.length);
        }
        const events = taken.map((body) => Number((JSON.parse(body) as DeadLetterMessage).event));
        expect(events.sort((a, b) => a - b)).toEqual(sizes.map((_, i) => i));
      }),
      { numRuns: 20 },
    );
  });

  test('that took some messages are made again for the others alone', async () => {
    const { calls, taken, deadLetters } = scripted((call, body) =>
      call === 0 && /"event":[13],/.test(body) ? {} : undefined,
    );
    await deadLetters.send([0, 1, 2, 3].map((i) => letter(i, 'x')));
    expect(calls.map(({ Entries }) => Entries?.length)).toEqual([4, 2]);
    expect(taken).toHaveLength(4);
  });

  test('that never take a message end in an error: the event is not kept, and must come again', async () => {
    const { calls, deadLetters } = scripted((_, body) => (body.includes('"event":1,') ? {} : undefined));
    await expect(deadLetters.send([0, 1].map((i) => letter(i, 'x')))).rejects.toMatchObject({
      name: 'DependencyError',
      failure: 'unavailable',
      message: 'dead_letters unavailable: SendMessageBatch: 1 messages were not taken: InternalError',
    });
    expect(calls).toHaveLength(3);
  });

  test('that refuse a message for what it is say so', async () => {
    const { deadLetters } = scripted(() => ({ SenderFault: true, Code: 'InvalidMessageContents' }));
    await expect(deadLetters.send([letter(0, 'x')])).rejects.toMatchObject({
      failure: 'refused',
      message: expect.stringMatching(/InvalidMessageContents/),
    });
  });

  test('are none where there is no letter', async () => {
    const { calls, deadLetters } = scripted(() => undefined);
    await deadLetters.send([]);
    expect(calls).toEqual([]);
  });
});
