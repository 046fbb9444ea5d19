import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteChunks } from '#cli/read-events/byte-chunks.ts';
import type { InputEvent } from '#cli/read-events/input-event.ts';
import { openEventFile } from '#cli/read-events/open-event-file.ts';
import { readJsonArray } from '#cli/read-events/read-json-array.ts';
import { readNdjson } from '#cli/read-events/read-ndjson.ts';
import { plain, readAll, readContent, temporaryFolder } from './read-file.ts';

/** The bytes in chunks of these sizes, over and over. */
async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function collect(batches: AsyncIterable<readonly InputEvent[]>): Promise<unknown[]> {
  const events: unknown[] = [];
  for await (const batch of batches) events.push(...batch.map(plain));
  return events;
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });

describe('lines of JSON', () => {
  test('are one event each, whatever the line ends, blank lines and the byte order mark', async () => {
    expect(await readContent('\ufeff{"a":1}\r\n\r\n  \n{"a":"é€😀"}\n{"a":3}', 'events.ndjson')).toEqual([
      { a: 1 },
      { a: 'é€😀' },
      { a: 3 },
    ]);
  });

  test('that are no JSON go on as they stand, between good neighbours', async () => {
    const bad = ['nonsense', '{"a":', '{"a":1}}', 'NaN', '{"a":NaN}', '{a:1}', "{'a':1}"];
    const lines = bad.flatMap((line) => ['{"a":1}', line]);
    expect(await readContent(lines.join('\n'))).toEqual(bad.flatMap((line) => [{ a: 1 }, { raw: line }]));
  });

  test('that are JSON but no object are events all the same: the schema judges', async () => {
    expect(await readContent('{"a":1}\n42\nnull\n"x"\n[1,{}]\ntrue', 'x.jsonl')).toEqual([
      { a: 1 },
      42,
      null,
      'x',
      [1, {}],
      true,
    ]);
  });

  test('that begin with a bad one are still lines, without a telling name', async () => {
    expect(await readContent('[1,2,"rubbish"]\n{"a":1}\n{"a":2}\n')).toEqual([
      [1, 2, 'rubbish'],
      { a: 1 },
      { a: 2 },
    ]);
    expect(await readContent('[1,2,\n{"a":1}\n{"a":2}\n')).toEqual([{ raw: '[1,2,' }, { a: 1 }, { a: 2 }]);
    expect(await readContent('{"a":\n{"a":1}\n{"a":2}\n')).toEqual([{ raw: '{"a":' }, { a: 1 }, { a: 2 }]);
    expect(await readContent('oops, no\n{"a":1}\n{"a":2}\n', 'events')).toEqual([
      { raw: 'oops, no' },
      { a: 1 },
      { a: 2 },
    ]);
  });

  test('with numbers beyond the range go on as text, so that they do not become null', async () => {
    expect(await readContent('{"a":1e999}\n{"a":[{"b":-1e400}]}\n{"a":1e308}\n')).toEqual([
      { raw: '{"a":1e999}' },
      { raw: '{"a":[{"b":-1e400}]}' },
      { a: 1e308 },
    ]);
  });

  test('nested deeper than any event go on as text', async () => {
    const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect(await readContent(`{"a":1}\n${deep}\n`)).toEqual([{ a: 1 }, { raw: deep }]);
  });

  test('that are not UTF-8 go on byte by byte', async () => {
    const content = Buffer.concat([
      Buffer.from('{"a":1}\n{"a":"'),
      Buffer.from([0xff, 0xe9]),
      Buffer.from('"}\r\n{"a":2}'),
    ]);
    expect(await readContent(content, 'events.ndjson')).toEqual([
      { a: 1 },
      { raw: '{"a":"\xff\xe9"}' },
      { a: 2 },
    ]);
  });

  test('keep a field named __proto__ as a field', async () => {
    const [event] = await readContent('{"__proto__":"x","a":1}\n');
    expect(Object.entries(event as object)).toEqual([
      ['__proto__', 'x'],
      ['a', 1],
    ]);
  });

  test('are the same however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: fc.string({ unit: 'grapheme' }) })),
        chunkSizes,
        async (values, sizes) => {
          const bytes = Buffer.from(values.map((value) => JSON.stringify(value)).join('\n'));
          expect(await collect(readNdjson('x', chunked(bytes, sizes)))).toEqual(values);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('of no end are refused, with the place', async () => {
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from('{}\n{}\n');
      for (;;) yield Buffer.alloc(8 * 1024 * 1024, 'x');
    }
    await expect(collect(readNdjson('big.ndjson', endless()))).rejects.toThrow(
      /big\.ndjson: line 3 is longer than 32 MB/,
    );
  });
});

describe('a JSON array', () => {
  test('gives its elements, with the bad ones as they stand', async () => {
    expect(
      await readContent(
        '\ufeff [ {"a":1}, nonsense ,{"a":[1,{"b":"]}\\"["}]},\r\n "x",-1.5e3,NaN,{"a" 2},[] ] \n',
      ),
    ).toEqual([
      { a: 1 },
      { raw: 'nonsense ' },
      { a: [1, { b: ']}"[' }] },
      'x',
      -1500,
      { raw: 'NaN' },
      { raw: '{"a" 2}' },
      [],
    ]);
    expect(await readContent(' [ ] ')).toEqual([]);
  });

  test('is the same however the bytes are cut and written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        fc.constantFrom(undefined, 2),
        chunkSizes,
        async (values, indent, sizes) => {
          const text = JSON.stringify(values, undefined, indent);
          const found = await collect(readJsonArray('x', chunked(Buffer.from(text), sizes)));
          expect(found).toEqual(JSON.parse(text));
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each([
    ['[{"a":1},{"a":2}', 16, 'the end of the file before the closing ]'],
    ['[{"a":1},{"a":2', 15, 'the end of the file inside an element'],
    ['[{"a":1},{"a":"2', 16, 'the end of the file inside a string'],
    ['[{"a":1} {"a":2}]', 9, '"{" where a comma or the closing ] should be'],
    ['[{"a":1},]', 9, '"]" where an element should be'],
    ['[{"a":[1},2]', 8, '"}" where "]" should be'],
    ['[{"a":1}] x', 10, '"x" after the end of the array'],
  ])('that is not whole is refused before it is used: %s', async (content, offset, found) => {
    await expect(readContent(content)).rejects.toThrow(`at byte ${offset} there is ${found}.`);
  });
});

test('a file of one object over several lines is one event', async () => {
  expect(await readContent('{\n  "a": 1,\n  "b": [2]\n}\n')).toEqual([{ a: 1, b: [2] }]);
});

test('gzip is told by content, and a damaged or cut file is refused before it is used', async () => {
  const lines = Array.from({ length: 20_000 }, (_, a) => JSON.stringify({ a: Math.sin(a) }));
  const zipped = gzipSync(lines.join('\n'));
  expect(await readContent(zipped, 'events.dat')).toEqual(lines.map((line) => JSON.parse(line)));
  expect(await readContent(Buffer.concat([gzipSync('{"a":1}\n'), gzipSync('{"a":2}\n')]))).toEqual([
    { a: 1 },
    { a: 2 },
  ]);
  // Refused when it is opened: what `weir put` has sent can't be taken back.
  const path = join(await temporaryFolder(), 'x.gz');
  await writeFile(path, zipped.subarray(0, -100));
  await expect(openEventFile(path)).rejects.toThrow(/gzip data is damaged or ends too early/);
  const damaged = Buffer.from(zipped);
  damaged.fill(0x55, damaged.length - 5000, damaged.length - 4900);
  await writeFile(path, damaged);
  await expect(openEventFile(path)).rejects.toThrow(/gzip data is damaged/);
});

test('a small gzip file of one endless line is refused, not unpacked into memory', async () => {
  const bomb = gzipSync(Buffer.concat([Buffer.from('{"a":1}\n{"a":"'), Buffer.alloc(40 * 1024 * 1024, 'x')]));
  expect(bomb.length).toBeLessThan(200_000);
  await expect(readContent(bomb, 'bomb.ndjson')).rejects.toThrow(/line 2 is longer than 32 MB/);
  const array = gzipSync(
    Buffer.concat([Buffer.from('["'), Buffer.alloc(40 * 1024 * 1024, 'x'), Buffer.from('"]')]),
  );
  await expect(readContent(array, 'bomb.json')).rejects.toThrow(
    /an element of the array is longer than 32 MB/,
  );
});

test('events keep the text that they came from', async () => {
  const path = join(await temporaryFolder(), 'x.ndjson');
  await writeFile(path, '{"a":1.10}\r\n{"a": 2}');
  expect((await readAll(path)).map((event) => event.kind === 'event' && event.text)).toEqual([
    '{"a":1.10}',
    '{"a": 2}',
  ]);
});

test('a reading that is given up lets go of the file', async () => {
  const path = join(await temporaryFolder(), 'x.ndjson');
  await writeFile(path, 'x'.repeat(3_000_000));
  for await (const chunk of byteChunks({ path, sizeBytes: 3_000_000, gzipped: false }, () => {})) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
});
