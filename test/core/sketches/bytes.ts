import fc from 'fast-check';
import { expect } from 'vitest';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';

interface Encodable {
  encode(out: ByteWriter): void;
}

export function bytesOf(sketch: Encodable): Uint8Array {
  const out = new ByteWriter();
  sketch.encode(out);
  return out.finish();
}

export function hexOf(sketch: Encodable): string {
  return Array.from(bytesOf(sketch), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** Reads one sketch, which must take all of the bytes. */
export function whole<Sketch>(bytes: Uint8Array, decode: (input: ByteReader) => Sketch): Sketch {
  const input = new ByteReader(bytes);
  const sketch = decode(input);
  input.end();
  return sketch;
}

/** Bytes with up to three changes, or cut, or longer. */
function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat({ max: Math.max(0, bytes.length - 1) }), fc.nat({ max: 255 }));
  return fc
    .tuple(fc.array(change, { maxLength: 3 }), fc.nat({ max: bytes.length }), fc.boolean())
    .map(([changes, length, cut]) => {
      const copy = bytes.slice(0, cut ? length : bytes.length);
      for (const [at, byte] of changes) if (at < copy.length) copy[at] = byte;
      return copy;
    });
}

/**
 * Foreign or damaged bytes are refused with `CorruptError`, or are exactly those that the sketch read from them writes:
 * so no two forms stand for one state, and whatever is read can be used and stored again.
 */
export function expectOnlyOwnBytes<Sketch extends Encodable>(
  samples: fc.Arbitrary<Sketch>,
  decode: (input: ByteReader) => Sketch,
  use: (sketch: Sketch) => void,
): void {
  const bytes = fc.oneof(
    samples.chain((sample) => damaged(bytesOf(sample))),
    // Small bytes: most of what they say is allowed.
    fc.array(fc.nat({ max: 6 }), { maxLength: 40 }).map((rest) => Uint8Array.of(1, ...rest)),
    fc.uint8Array({ maxLength: 40 }),
  );
  let refused = 0;
  let read = 0;
  fc.assert(
    fc.property(bytes, (foreign) => {
      const input = new ByteReader(foreign);
      let sketch: Sketch;
      try {
        sketch = decode(input);
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptError);
        refused += 1;
        return;
      }
      read += 1;
      expect(bytesOf(sketch)).toEqual(foreign.slice(0, input.offset));
      use(sketch);
    }),
    { numRuns: 3000, seed: 1 },
  );
  // Both happen: else this would show nothing.
  // Both were met; mutation testing runs a twentieth of the cases.
  expect(Math.min(refused, read)).toBeGreaterThan(5);
}
