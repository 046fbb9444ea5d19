import type { DecodedEvent } from './decoded-event.ts';

/**
 * A record that is put to see how long it takes until it counts, and that is no event: it moves the position, and is in
 * no aggregate and no ledger. Like packed columns, it begins with bytes that start neither UTF-8 text nor a compressed
 * format; it has nothing else, since the stream tells when it arrived.
 */
const CANARY: readonly number[] = [0xc7, 0x57, 0x43, 1];

/** What a canary decodes to. It has a place in its record like any event, and is never given to a pipeline's schema. */
const CANARY_EVENT: DecodedEvent = { ok: true, value: undefined, isCanary: true };

export function encodeCanary(): Uint8Array {
  return Uint8Array.from(CANARY);
}

/** Anything that only begins like one is foreign, and rejected as such. */
export function isCanaryRecord(bytes: Uint8Array): boolean {
  return bytes.length === CANARY.length && CANARY.every((byte, i) => bytes[i] === byte);
}

export function canaryEvents(): DecodedEvent[] {
  return [CANARY_EVENT];
}
