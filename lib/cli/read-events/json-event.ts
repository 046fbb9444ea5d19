import { isUtf8 } from 'node:buffer';
import type { InputEvent } from './input-event.ts';
import { survivesJson } from './survives-json.ts';

/** One event from its JSON text. */
export function eventFromText(text: string): InputEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'raw', bytes: Buffer.from(text) };
  }
  return survivesJson(value) ? { kind: 'event', value, text } : { kind: 'raw', bytes: Buffer.from(text) };
}

/** One event from its bytes. They are copied where they are kept. */
export function eventFromBytes(bytes: Buffer): InputEvent {
  return isUtf8(bytes) ? eventFromText(bytes.toString('utf8')) : { kind: 'raw', bytes: Buffer.from(bytes) };
}
