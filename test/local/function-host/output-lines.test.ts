import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutputLines } from '#local/function-host/output-lines.ts';

function linesOf(chunks: readonly Buffer[], lineBytesMax?: number): string[] {
  const lines: string[] = [];
  const output = new OutputLines((line) => lines.push(line), lineBytesMax);
  for (const chunk of chunks) output.push(chunk);
  output.end();
  return lines;
}

test('however the output is cut into chunks, the lines are the same', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'ü', '😀', '\n', ' ') }),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (text, sizes) => {
        const bytes = Buffer.from(text);
        const chunks: Buffer[] = [];
        for (let start = 0; start < bytes.length; ) {
          const size = sizes.next().value ?? 1;
          chunks.push(bytes.subarray(start, start + size));
          start += size;
        }
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(linesOf(chunks)).toEqual(expected);
      },
    ),
  );
});

test('a line that never ends is kept up to its limit', () => {
  const chunks = Array.from({ length: 100 }, () => Buffer.alloc(1000, 'x'));
  const [line] = linesOf([...chunks, Buffer.from('\nnext')], 2500);
  expect(line).toBe(`${'x'.repeat(2500)} … (97500 bytes left out)`);
  expect(linesOf([...chunks, Buffer.from('\nnext')], 2500)[1]).toBe('next');
});
