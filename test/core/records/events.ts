import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type PackableEvent, toPackableEvent } from '#core/records/packable-event.ts';
import type { PackTools } from '#core/records/packed-columns.ts';

export const packTools: PackTools = {
  gzip: (bytes) => gzipSync(bytes),
  utf8: (text) => new TextEncoder().encode(text),
};

/** Any character. Built here, as `fc.string({ unit: 'binary' })` takes over a second to make. */
const codePoint = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));

/** Names that trip over prototypes, empty strings or array indices, besides any others; few, so that events share them. */
const fieldName = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('delay', 'origin', '__proto__', 'constructor', 'toString', '', '0', 'é'),
  },
  {
    weight: 1,
    arbitrary: fc.array(codePoint, { maxLength: 5 }).map((points) => String.fromCodePoint(...points)),
  },
);

/** JSON objects as `JSON.parse` would make them: `__proto__` is a field of its own. */
export const jsonEvent: fc.Arbitrary<object> = fc
  .uniqueArray(fc.tuple(fieldName, fc.jsonValue({ maxDepth: 3 })), {
    selector: ([name]) => name,
    maxLength: 6,
  })
  .map((entries) => Object.fromEntries(entries));

export function packable(event: unknown): PackableEvent {
  const result = toPackableEvent(event);
  if (result === undefined) throw new Error('expected an event that columns can carry');
  return result;
}

/** The value with its fields in order of their names, as text: tells any two different JSON values apart. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join()}}`;
}
