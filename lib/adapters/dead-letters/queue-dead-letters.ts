import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type {
  BatchResultErrorEntry,
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
} from '@aws-sdk/client-sqs';
import type { DeadLetter, DeadLetters } from '#app/ports/dead-letters.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import { toDependencyError } from '../dependency-error.ts';
import { toMessage, toMessageAbout, toQueueText } from './dead-letter-json.ts';

/** What is sent in one call: ten messages and 256 KiB, which is what every version of SQS takes. */
const MESSAGES_MAX = 10;
const CALL_BYTES_MAX = 256 * 1024;
/** Larger messages have their payload in the bucket. */
const MESSAGE_BYTES_MAX = 200 * 1024;
const CALLS_AT_A_TIME = 8;
const ATTEMPTS_MAX = 3;

/** The two calls that are made; the clients behind them are loaded when the first event is rejected. */
export interface DeadLetterServices {
  sendMessageBatch(input: SendMessageBatchCommandInput): Promise<SendMessageBatchCommandOutput>;
  putObject(input: PutObjectCommandInput): Promise<unknown>;
}

/** Keeps rejected events in an SQS queue, and the payloads that are too large for it in an S3 bucket. */
export class QueueDeadLetters implements DeadLetters {
  readonly #services: DeadLetterServices;
  readonly #queueUrl: string;
  readonly #bucket: string;

  constructor(services: DeadLetterServices, queueUrl: string, bucket: string) {
    this.#services = services;
    this.#queueUrl = queueUrl;
    this.#bucket = bucket;
  }

  async send(letters: readonly DeadLetter[]): Promise<void> {
    const texts: string[] = [];
    for (const letter of letters) texts.push(await this.#textFor(letter));
    const calls = intoCalls(texts);
    for (let i = 0; i < calls.length; i += CALLS_AT_A_TIME) {
      await Promise.all(calls.slice(i, i + CALLS_AT_A_TIME).map((call) => this.#sendAll(call)));
    }
  }

  async #textFor(letter: DeadLetter): Promise<string> {
    if (letter.payload.length <= MESSAGE_BYTES_MAX) {
      const text = toQueueText(toMessage(letter));
      if (Buffer.byteLength(text) <= MESSAGE_BYTES_MAX) return text;
    }
    const body = typeof letter.payload === 'string' ? Buffer.from(letter.payload) : letter.payload;
    // One event, one key: sending it again writes the same object again.
    const { stream, shard } = letter.shard;
    const key = [letter.pipeline, stream, shard, `${letter.sequence}-${letter.event ?? 'record'}`].join('/');
    try {
      await this.#services.putObject({ Bucket: this.#bucket, Key: key, Body: body });
    } catch (error) {
      throw toDependencyError('dead_letters', 'PutObject', error);
    }
    return toQueueText(toMessageAbout(letter, { bucket: this.#bucket, key, bytes: body.length }));
  }

  /** SQS answers for each message by itself: those that it did not take are sent again. */
  async #sendAll(texts: readonly string[]): Promise<void> {
    let left = texts.map((MessageBody, i) => ({ Id: String(i), MessageBody }));
    let failed: BatchResultErrorEntry[] = [];
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      try {
        const answer = await this.#services.sendMessageBatch({ QueueUrl: this.#queueUrl, Entries: left });
        failed = answer.Failed ?? [];
      } catch (error) {
        throw toDependencyError('dead_letters', 'SendMessageBatch', error);
      }
      const failedIds = new Set(failed.map(({ Id }) => Id));
      left = left.filter(({ Id }) => failedIds.has(Id));
      if (left.length === 0) return;
    }
    const refusal = failed.find(({ SenderFault }) => SenderFault);
    throw new DependencyError(
      'dead_letters',
      refusal === undefined ? 'unavailable' : 'refused',
      `SendMessageBatch: ${left.length} messages were not taken: ${(refusal ?? failed[0])?.Code}`,
    );
  }
}

function intoCalls(texts: readonly string[]): string[][] {
  const calls: string[][] = [];
  let call: string[] = [];
  let callBytes = 0;
  for (const text of texts) {
    const bytes = Buffer.byteLength(text);
    if (call.length === MESSAGES_MAX || (call.length > 0 && callBytes + bytes > CALL_BYTES_MAX)) {
      calls.push(call);
      call = [];
      callBytes = 0;
    }
    call.push(text);
    callBytes += bytes;
  }
  if (call.length > 0) calls.push(call);
  return calls;
}
