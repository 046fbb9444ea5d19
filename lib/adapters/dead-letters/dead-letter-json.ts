import type { DeadLetter } from '#app/ports/dead-letters.ts';
import type { DeadLetterMessage } from '#contracts/dead-letter-message.ts';

/** A dead letter as the queue's message, with its payload in it. */
export function toMessage(letter: DeadLetter): DeadLetterMessage {
  return { ...envelope(letter), ...payloadField(letter.payload) };
}

/** The same, with its payload elsewhere. */
export function toMessageAbout(
  letter: DeadLetter,
  payloadObject: NonNullable<DeadLetterMessage['payloadObject']>,
): DeadLetterMessage {
  return { ...envelope(letter), payloadObject };
}

/** SQS refuses U+FFFE and U+FFFF, and emulators of it the pairs of units that emoji are made of. */
const NOT_FOR_QUEUES = /[\ud800-\udfff\ufffe\uffff]/g;

/** JSON that SQS takes: what it refuses is escaped, control characters by JSON itself, and reads back as it was. */
export function toQueueText(message: DeadLetterMessage): string {
  return JSON.stringify(message).replace(NOT_FOR_QUEUES, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}

function envelope({ pipeline, shard, sequence, event, arrival, rejection }: DeadLetter): DeadLetterMessage {
  return {
    version: 1,
    pipeline,
    stream: shard.stream,
    shard: shard.shard,
    sequenceNumber: sequence,
    event,
    arrival: new Date(arrival).toISOString(),
    reason: rejection.reason,
    detail: rejection.detail,
  };
}

function payloadField(payload: string | Uint8Array): Pick<DeadLetterMessage, 'payload' | 'payloadBase64'> {
  if (typeof payload === 'string') return { payload };
  return {
    payloadBase64: Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('base64'),
  };
}
