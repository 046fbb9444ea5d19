import { describe, expect, test } from 'vitest';
import { hashEventId, hashRecordId } from '#core/duplicates/hash-id.ts';

function hashed(id: string, how = hashEventId): string {
  const hash = { high: 0, low: 0 };
  how(id, hash);
  return hash.high.toString(16).padStart(8, '0') + hash.low.toString(16).padStart(8, '0');
}

import { sampleSize } from '../sample-size.ts';

describe('the hash of an id', () => {
  test('is what is stored in tables: it never changes', () => {
    expect(hashed('order-1')).toBe('c17131ef5730bd52');
    expect(hashed('5')).toBe('8340c36651e24c3e');
    expect(hashed('ä€😀')).toBe('1b7fb5ffbf3ffeab');
    expect(hashed('order-1', hashRecordId)).toBe('9e7db04c5730bd52');
  });

  test('differs for 200,000 ids that differ little, in both halves', () => {
    const hashes = Array.from({ length: sampleSize(200_000) }, (_, i) => hashed(`order-${i}`));
    expect(new Set(hashes).size).toBe(hashes.length);
    const high = new Set(hashes.map((hash) => hash.slice(0, 8))).size;
    // Of 2^32, 200,000 random numbers meet 4.7 times on average: a half that does so 30 times is not random.
    expect(hashes.length - high).toBeLessThan(30);
    expect(hashes.length - new Set(hashes.map((hash) => hash.slice(8))).size).toBeLessThan(30);
  });

  test('of a record is none of an event', () => {
    expect(hashed('a', hashRecordId)).not.toBe(hashed('a'));
    expect(hashed('a', hashRecordId)).not.toBe(hashed('b', hashRecordId));
  });
});
