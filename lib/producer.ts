/** Puts events on a Kinesis stream in packed records; see `createProducer`. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { kinesisClient } from '#adapters/aws-clients.ts';
import { KinesisRecordSink } from '#adapters/kinesis-record-sink.ts';
import { Producer, type ProducerSettings } from '#app/produce/producer.ts';

export type { Producer, ProducerSettings, ProducerStats } from '#app/produce/producer.ts';
export type { UndeliveredRecord } from '#app/produce/producer-errors.ts';
export { OversizeError, UndeliveredError } from '#app/produce/producer-errors.ts';

export interface ProducerOptions extends ProducerSettings {
  /** The stream's name. */
  readonly stream: string;
  /** The environment's where left out. */
  readonly region?: string | undefined;
  /** A local endpoint; the environment's, or else AWS, where left out. */
  readonly endpoint?: string | undefined;
  /** A client to use in place of an own one; it is left open. */
  readonly client?: KinesisClient | undefined;
}

const encoder = new TextEncoder();

/**
 * A producer for a stream. It packs events into compressed records (which cost a fraction of one record an event,
 * since Kinesis bills by 25 KB and limits records), spreads them evenly over the shards, retries what the stream
 * refuses, and makes its caller wait when more is put than the stream takes.
 *
 * ```ts
 * import { createProducer } from 'weir/producer';
 *
 * const producer = createProducer({ stream: 'flights' });
 * for (const flight of flights) await producer.put(flight);
 * await producer.close(); // or flush(); rejects with the records that could not be delivered, if any
 * ```
 *
 * Throws `RangeError` for a setting out of range.
 */
export function createProducer(options: ProducerOptions): Producer {
  const { stream, region, endpoint, client, ...settings } = options;
  const sink = new KinesisRecordSink(
    client ?? kinesisClient({ region, endpoint }),
    stream,
    client === undefined,
  );
  return new Producer(
    {
      sink,
      clock: { nowMs: () => performance.now(), sleep: (ms) => sleep(ms) },
      random: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
      tools: { gzip: (bytes) => gzipSync(bytes), utf8: (text) => encoder.encode(text) },
    },
    settings,
  );
}
