import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { MetricStore } from './metric-store.ts';

/** SQS publishes nothing of a queue that nobody has called for so long. */
const ACTIVE_MS = 6 * 3_600_000;

/**
 * Publishes what SQS publishes of a queue: how many messages wait in it, and for how long the oldest has. No call tells
 * the latter; here it is how long the queue has not been empty, which is the same as long as nobody takes messages out
 * of it one by one.
 */
export class QueueMeter {
  readonly #store: MetricStore;
  readonly #client: SQSClient;
  readonly #url: string;
  #messages = 0;
  #lastCallMs = Date.now();
  #filledSinceMs = Date.now();

  constructor(store: MetricStore, client: SQSClient, url: string) {
    this.#store = store;
    this.#client = client;
    this.#url = url;
  }

  /** To be called once a minute. The metering itself is no call that keeps the queue active. */
  async sample(): Promise<void> {
    const nowMs = Date.now();
    const { Attributes: attributes } = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#url, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    const messages = Number(attributes?.['ApproximateNumberOfMessages'] ?? 0);
    if (messages !== this.#messages) this.#lastCallMs = nowMs;
    if (messages === 0 || this.#messages === 0) this.#filledSinceMs = nowMs;
    this.#messages = messages;
    if (nowMs - this.#lastCallMs > ACTIVE_MS) return;
    const dimensions = { QueueName: this.#url.slice(this.#url.lastIndexOf('/') + 1) };
    const add = (name: string, value: number) =>
      this.#store.add({ namespace: 'AWS/SQS', name, dimensions }, value, nowMs);
    add('ApproximateNumberOfMessagesVisible', messages);
    add('ApproximateAgeOfOldestMessage', (nowMs - this.#filledSinceMs) / 1000);
  }
}
