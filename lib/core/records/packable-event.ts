import type { Brand } from '#core/brand.ts';
import { RECORD_LIMITS } from './limits.ts';
import { asJsonSees, jsonKeepsNumbers } from './lossless-json.ts';
import { utf8BytesMax } from './utf8-size.ts';

/** An event that packed columns carry unchanged: a copy, so that its producer may use the object again. */
export type PackableEvent = Brand<
  {
    /** Own properties; those that are `undefined` are left out, as JSON leaves them out. */
    readonly fields: Readonly<Record<string, unknown>>;
    /** At least the bytes of its JSON text in UTF-8. */
    readonly jsonBytesMax: number;
  },
  'PackableEvent'
>;

/**
 * Copies an event for packing. `undefined` when it is no object, or JSON can't carry it unchanged (a number that is
 * not finite, a bigint, too deep a nesting): such an event travels as `toLosslessJson` text.
 */
export function toPackableEvent(event: unknown): PackableEvent | undefined {
  const plain = asJsonSees(event, '');
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return undefined;
  const fields: Record<string, unknown> = { ...plain };
  let jsonBytesMax = 2;
  for (const name of Object.keys(fields)) {
    let value = asJsonSees(fields[name], name);
    jsonBytesMax += utf8BytesMax(name) + 4; // quotes, colon, comma
    switch (typeof value) {
      case 'number':
        if (!Number.isFinite(value)) return undefined;
        jsonBytesMax += numberBytesMax(value);
        break;
      case 'string':
        jsonBytesMax += utf8BytesMax(value) + 2;
        break;
      case 'boolean':
        jsonBytesMax += 5;
        break;
      case 'bigint':
        return undefined;
      case 'object': {
        if (!jsonKeepsNumbers(value, RECORD_LIMITS.nestingMax - 1)) return undefined;
        const text = JSON.stringify(value);
        jsonBytesMax += utf8BytesMax(text);
        value = JSON.parse(text);
        break;
      }
      default: // what JSON leaves out
        value = undefined;
    }
    // An own property by now, even if it is called `__proto__`: assigning sets no prototype.
    if (value !== fields[name]) fields[name] = value;
  }
  return { fields, jsonBytesMax } as PackableEvent;
}

/** At least the characters of a finite number in JSON: exact is not worth writing it out for. */
function numberBytesMax(value: number): number {
  if (!Number.isInteger(value)) return 25;
  const size = Math.abs(value);
  return size < 1000 ? 4 : size < 1e9 ? 10 : 25;
}
