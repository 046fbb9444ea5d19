import { expect, test } from 'vitest';
import { murmurHash3 } from '#core/sketches/murmur-hash3.ts';

function hash(bytes: Uint8Array, seed: number): number[] {
  const lanes = new Int32Array(4);
  murmurHash3(bytes, bytes.length, seed, lanes);
  return [...lanes].map((lane) => lane >>> 0);
}

test("it passes SMHasher's own check of MurmurHash3_x86_128", () => {
  // SMHasher's VerificationTest: hash { 0 }, { 0, 1 }, … with seeds 256, 255, …, then hash all of these hashes.
  const hashes = new Uint8Array(256 * 16);
  const view = new DataView(hashes.buffer);
  for (let length = 0; length < 256; length++) {
    const key = Uint8Array.from({ length }, (_, at) => at);
    for (const [lane, word] of hash(key, 256 - length).entries()) {
      view.setUint32(16 * length + 4 * lane, word, true);
    }
  }
  expect(hash(hashes, 0)[0]).toBe(0xb3ece62a);
});

// From murmurhash3js-revisited 3.0.0, x86.hash128.
test.each([
  ['', 0, '00000000000000000000000000000000'],
  ['', 1, '88c4adec54d201b954d201b954d201b9'],
  ['a', 0, 'a794933c5556b01b5556b01b5556b01b'],
  ['ab', 7, '67d7ddb0da61dd85da61dd85da61dd85'],
  ['weir', 0x9747b28c, '61bc73328d7df52b8d7df52b8d7df52b'],
  ['flights', 42, '633c7a18ec1a1315322cd062322cd062'],
  ['0123456789abcde', 3, '4a0b5b70c8a94fbfdc30a00e920f9e57'],
  ['0123456789abcdef', 3, 'dd22abf903df5ffa20f1377fb0b65e77'],
  ['0123456789abcdefg', 3, 'b1ada2daf085f70577465d622218a1d6'],
  ['The quick brown fox jumps over the lazy dog', 0, '2f1583c3ecee2c675d7bf66ce5e91d2c'],
  ['Zürich – ✈', 0x2f0b4c47, '09f6a60608749a9478d9f61c85289105'],
  ['x'.repeat(100), 123, 'f8d02d24b6728af9ab39c7fc45e27b65'],
])('it gives what another implementation gives: %j with seed %i', (text, seed, expected) => {
  const lanes = hash(new TextEncoder().encode(text), seed);
  expect(lanes.map((lane) => lane.toString(16).padStart(8, '0')).join('')).toBe(expected);
});

test('bytes after the length do not count', () => {
  const lanes = new Int32Array(4);
  murmurHash3(new TextEncoder().encode('flights and more'), 7, 42, lanes);
  expect(lanes[0]).toBe(0x633c7a18);
});
