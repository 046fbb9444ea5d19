import { gzipSync } from 'node:zlib';
import { recordTools } from '#adapters/record-tools.ts';
import type { PutResult, RecordSink, SinkRecord } from '#app/ports/record-sink.ts';
import type { ProducerClock } from '#app/produce/deliver-records.ts';
import { Producer, type ProducerSettings } from '#app/produce/producer.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { DecodedEvent } from '#core/records/decoded-event.ts';

export const OK: PutResult = { ok: true };
export const THROTTLED: PutResult = {
  ok: false,
  code: 'ProvisionedThroughputExceededException',
  message: 'Rate exceeded.',
  retryable: true,
};
export const REFUSED: PutResult = {
  ok: false,
  code: 'AccessDeniedException',
  message: 'Not you.',
  retryable: false,
};

/** Time that passes only when it is told to. */
export class ManualClock implements ProducerClock {
  readonly slept: number[] = [];
  #nowMs = 0;
  readonly #timers: { readonly atMs: number; readonly ring: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    return new Promise((ring) => this.#timers.push({ atMs: this.#nowMs + ms, ring }));
  }

  /** Lets time pass, timer by timer, and everything happen that follows from each. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      this.#timers.sort((a, b) => a.atMs - b.atMs);
      const next = this.#timers[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#timers.shift();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.ring();
    }
    this.#nowMs = endMs;
  }
}

/** Lets everything happen that needs no time. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass until the promise comes to its end, and returns that. */
export async function passTime<Value>(clock: ManualClock, promise: Promise<Value>): Promise<Value> {
  const end = watch(promise);
  for (let round = 0; !end.reached && round < 10_000; round++) await clock.advance(1000);
  return promise;
}

/** Tells whether a promise has come to its end. */
export function watch(promise: Promise<unknown>): { readonly reached: boolean } {
  const end = { reached: false };
  const reach = () => {
    end.reached = true;
  };
  promise.then(reach, reach);
  return end;
}

type Script = (
  records: readonly SinkRecord[],
  call: number,
) => readonly PutResult[] | Promise<readonly PutResult[]>;

/** A stream in memory that answers as a script says. */
export class ScriptedSink implements RecordSink {
  readonly calls: (readonly SinkRecord[])[] = [];
  readonly taken: SinkRecord[] = [];
  closed = 0;
  readonly #script: Script;

  constructor(script: Script = (records) => records.map(() => OK)) {
    this.#script = script;
  }

  async put(records: readonly SinkRecord[]): Promise<readonly PutResult[]> {
    const call = this.calls.push(records) - 1;
    const results = await this.#script(records, call);
    this.taken.push(...records.filter((_, index) => results[index]?.ok));
    return results;
  }

  close(): void {
    this.closed++;
  }

  events(): DecodedEvent[] {
    return this.taken.flatMap(({ data }) => decodeRecord(data, recordTools));
  }

  values(): unknown[] {
    return this.events().map((event) => (event.ok ? event.value : event.rejection.reason));
  }
}

/** Numbers from 0 to less than 1 that are the same in every run (Park and Miller's generator, 1988). */
export function seededRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 0x7fffffff;
    return (state - 1) / 0x7ffffffe;
  };
}

export function producerOn(sink: RecordSink, settings: ProducerSettings = {}, random = seededRandom()) {
  const clock = new ManualClock();
  const utf8 = new TextEncoder();
  const tools = { gzip: (bytes: Uint8Array) => gzipSync(bytes), utf8: (text: string) => utf8.encode(text) };
  return { clock, producer: new Producer({ sink, clock, random, tools }, settings) };
}

/** Text that gzip makes little of. */
export function noise(length: number, random: () => number): string {
  return Array.from({ length }, () => String.fromCharCode(0x30 + Math.floor(random() * 64)))
    .join('')
    .replaceAll('\\', '~');
}
