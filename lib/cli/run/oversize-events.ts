import { createHash } from 'node:crypto';
import { toQueueText } from '#adapters/dead-letters/dead-letter-json.ts';
import { lazyDeadLetterServices } from '#adapters/dead-letters/lazy-services.ts';
import type { DeadLetterMessage } from '#contracts/dead-letter-message.ts';
import { PUT_RECORDS } from '#contracts/put-records.ts';

/** Where rejected events are kept. */
export interface DeadLetterPlace {
  readonly queueUrl: string;
  readonly bucket: string;
}

/** The place that an environment names; `undefined` where it names none. */
export function deadLetterPlace(
  environment: Readonly<Record<string, string | undefined>>,
): DeadLetterPlace | undefined {
  const queueUrl = environment['WEIR_DEAD_LETTER_QUEUE_URL'];
  const bucket = environment['WEIR_DEAD_LETTER_BUCKET'];
  return queueUrl === undefined || bucket === undefined ? undefined : { queueUrl, bucket };
}

/**
 * Sets aside events that no record can take: the payload goes to the bucket, and a message about it to the queue, as
 * for events that the handler rejects. Both carry no more than one event at a time: such events are large.
 */
export class OversizeEvents {
  readonly #services = lazyDeadLetterServices();
  readonly #place: DeadLetterPlace;
  readonly #pipeline: string;
  readonly #stream: string;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(place: DeadLetterPlace, pipeline: string, stream: string) {
    this.#place = place;
    this.#pipeline = pipeline;
    this.#stream = stream;
  }

  /** Events set aside. */
  get count(): number {
    return this.#count;
  }

  /** Takes an event; `settled` tells when it is kept. */
  add(payload: string | Uint8Array): void {
    this.#last = Promise.all([this.#last, this.#keep(payload)]);
    this.#last.catch(() => {}); // thrown by `settled`
  }

  /** Resolves when all events taken so far are kept; rejects where one could not be. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async #keep(payload: string | Uint8Array): Promise<void> {
    const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
    // By its content: sent again, the same event is the same object.
    const key = `${this.#pipeline}/too-large/${createHash('sha256').update(body).digest('hex')}`;
    await this.#services.putObject({ Bucket: this.#place.bucket, Key: key, Body: body });
    const message: DeadLetterMessage = {
      version: 1,
      pipeline: this.#pipeline,
      stream: this.#stream,
      shard: '',
      event: null,
      arrival: new Date().toISOString(),
      reason: 'too_large',
      detail: `${body.length} bytes do not fit into a record of ${PUT_RECORDS.recordBytesMax}, compressed: it was never put into the stream`,
      payloadObject: { bucket: this.#place.bucket, key, bytes: body.length },
    };
    const { Failed: failed = [] } = await this.#services.sendMessageBatch({
      QueueUrl: this.#place.queueUrl,
      Entries: [{ Id: '0', MessageBody: toQueueText(message) }],
    });
    if (failed.length > 0)
      throw new Error(`the dead-letter queue did not take a message: ${failed[0]?.Message}`);
    this.#count++;
  }
}
