import { describe, expect, test } from 'vitest';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import { readSortedTexts, writeSortedTexts } from '#core/bytes/front-coding.ts';
import { readUtf8 } from '#core/bytes/utf8.ts';

/** What is thrown, which must be an error. */
function thrownBy(read: () => unknown): Error {
  try {
    read();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

/** A reader of `bytes` that has read two others before. */
function after2(...bytes: number[]): ByteReader {
  const input = new ByteReader(Uint8Array.of(9, 9, ...bytes));
  input.raw(2);
  return input;
}

const KB = Array.from({ length: 1024 }, () => 0xff);

/** A read of bytes that are wrong; what should have been there, where, and what is said to be there instead. */
const CASES: [name: string, () => unknown, expected: string, offset: number, found: string][] = [
  ['no byte', () => after2().byte(), 'a byte', 2, 'the end'],
  ['no varint', () => after2().varint(), 'a whole number', 2, 'the end'],
  ['half a varint', () => after2(0x81).varint(), 'a whole number', 3, 'the end'],
  ['half a zigzag', () => after2(0x81).zigzag(), 'a whole number', 3, 'the end'],
  [
    'a varint with a last byte that adds nothing',
    () => after2(0x81, 0).varint(),
    'a whole number',
    3,
    'a varint that is longer than needed or allowed',
  ],
  [
    'a zigzag with a last byte that adds nothing',
    () => after2(0x81, 0).zigzag(),
    'a whole number',
    3,
    'a varint that is longer than needed or allowed',
  ],
  [
    'a varint that goes on',
    () => after2(...KB).varint(),
    'a whole number',
    9,
    'a varint that is longer than needed or allowed',
  ],
  [
    'a varint of 8 bytes that is too great',
    () => after2(...KB.slice(0, 7), 0x7f).varint(),
    'a whole number',
    2,
    'a number beyond 2^53 - 1',
  ],
  [
    'a zigzag of 8 bytes that is too great',
    () => after2(...KB.slice(0, 7), 0x7f).zigzag(),
    'a whole number',
    2,
    'a number beyond 2^53 - 1',
  ],
  ['7/8 of a double', () => after2(...KB.slice(0, 7)).float64(), 'a double', 2, '7 of 8 bytes'],
  ['NaN', () => after2(...KB.slice(0, 8)).number(1), 'a number', 2, 'a number out of range'],
  ['7/8 of a number', () => after2(...KB.slice(0, 7)).number(1), 'a number', 2, '7 of 8 bytes'],
  ['too few', () => after2(2, 0, 0, 0).count(2, 'cells'), 'cells', 2, '2, for which 3 bytes are too few'],
  ['too few bytes', () => after2(1, 2).raw(3), 'bytes', 2, '2 of 3 bytes'],
  ['a negative length', () => after2(1, 2).raw(-1), 'bytes', 2, '2 of -1 bytes'],
  [
    'bytes cut off',
    () => after2(3, 0, 0).sized(),
    'bytes with their length',
    2,
    '3, for which 2 bytes are too few',
  ],
  ['a text cut off', () => after2(3, 65, 66).text(), 'a text', 2, '3, for which 2 bytes are too few'],
  ['no text', () => after2(1, 0xff).text(), 'a text', 2, 'bytes that are no text'],
  ['more than expected', () => after2(1, 2, 3).end(), 'the end', 2, '3 more bytes'],
  [
    'a byte that begins nothing',
    () => readUtf8(Uint8Array.of(65, 0xbf)),
    'the first byte of a character',
    1,
    'another byte',
  ],
  [
    'a byte that would begin what is beyond U+10FFFF',
    () => readUtf8(Uint8Array.of(0xf5, 0x80, 0x80, 0x80)),
    'the first byte of a character',
    0,
    'another byte',
  ],
  [
    'half a character',
    () => readUtf8(Uint8Array.of(65, 0xe2, 0x82)),
    'a further byte of a character',
    3,
    'something else',
  ],
  [
    'a character in more bytes than it needs',
    () => readUtf8(Uint8Array.of(65, 0xe0, 0x9f, 0xbf)),
    'a character in its shortest form',
    1,
    'another form',
  ],
  [
    'two halves of a surrogate pair',
    () => readUtf8(Uint8Array.of(0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80)),
    'a surrogate pair in 4 bytes',
    3,
    'its second half alone',
  ],
  [
    'more texts than bytes',
    () => readSortedTexts(after2(1), 100, 'groups'),
    'the number of groups',
    2,
    '1, for which 0 bytes are too few',
  ],
  [
    'no end of a shared length',
    () => readSortedTexts(after2(1, 0xff, 0xff), 100, 'groups'),
    'the length that a text shares',
    5,
    'the end',
  ],
  [
    'a first text that shares something',
    () => readSortedTexts(after2(1, 1, 1, 97), 100, 'groups'),
    'at most 0 shared characters',
    4,
    '1',
  ],
  [
    'a text that shares more than there is',
    () => readSortedTexts(after2(2, 0, 2, 97, 98, 3, 1, 99), 100, 'groups'),
    'at most 2 shared characters',
    8,
    '3',
  ],
  [
    'the same text again',
    () => readSortedTexts(after2(2, 0, 1, 97, 1, 0), 100, 'groups'),
    'groups in order',
    8,
    'one out of order',
  ],
  [
    'more text than allowed',
    () => readSortedTexts(after2(2, 0, 1, 97, 1, 1, 98), 2, 'groups'),
    'groups of 2 characters at most',
    9,
    'more',
  ],
];

describe('the error for bytes that are wrong says what was expected, where, and what was found', () => {
  test.each(CASES)('%s', (_, read, expected, offset, found) => {
    const error = thrownBy(read);
    expect(error).toBeInstanceOf(CorruptError);
    expect(error).toMatchObject({ name: 'CorruptError', expected, offset });
    expect(error.message).toBe(`corrupt data: expected ${expected} at offset ${offset}, found ${found}`);
  });

  test.each<[string, (input: ByteReader) => unknown]>([
    ['byte', (input) => input.byte('that thing')],
    ['varint', (input) => input.varint('that thing')],
    ['zigzag', (input) => input.zigzag('that thing')],
    ['float64', (input) => input.float64('that thing')],
    ['number', (input) => input.number(1, 'that thing')],
    ['count', (input) => input.count(1, 'that thing')],
    ['raw', (input) => input.raw(1, 'that thing')],
    ['sized', (input) => input.sized('that thing')],
    ['text', (input) => input.text('that thing')],
  ])('%s, by the name that the caller gives', (_, read) => {
    expect(thrownBy(() => read(after2()))).toMatchObject({ expected: 'that thing', offset: 2 });
  });

  test('and why bytes are no text', () => {
    const { cause } = thrownBy(() => after2(2, 65, 0xff).text());
    expect(cause).toMatchObject({ expected: 'the first byte of a character', offset: 1 });
  });

  test('also where the caller finds it wrong, and at the end that it names', () => {
    expect(after2(1).corrupt('a mean', 'a sum').message).toBe(
      'corrupt data: expected a mean at offset 2, found a sum',
    );
    expect(thrownBy(() => after2(1).end('the end of the block'))).toMatchObject({
      expected: 'the end of the block',
    });
    expect(() => after2().end()).not.toThrow();
  });
});

describe('the error for what can not be written says what it was', () => {
  test.each<[(out: ByteWriter) => void, string]>([
    [(out) => out.varint(-1), 'a varint is a whole number from 0 to 2^53 - 1, not -1'],
    [(out) => out.varint(2 ** 53), 'a varint is a whole number from 0 to 2^53 - 1, not 9007199254740992'],
    [(out) => out.zigzag(0.5), 'a zigzag is a whole number of magnitude up to 2^53 - 1, not 0.5'],
    [(out) => writeSortedTexts(out, ['ab', 'c'], 2), 'texts of more than 2 characters together'],
  ])('%o', (write, message) => {
    expect(() => write(new ByteWriter())).toThrow(new RangeError(message));
  });
});
