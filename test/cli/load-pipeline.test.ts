import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeCompression } from '#adapters/node-compression.ts';
import { loadPipeline } from '#cli/load-pipeline.ts';
import { UsageError } from '#cli/usage-error.ts';
import { decodeGroups } from '#core/block-codec.ts';
import { temporaryFolder } from './read-events/read-file.ts';

/** Loads a file outside of the checkout, with this content. */
async function load(source: string): Promise<string> {
  const file = join(await temporaryFolder(), 'mine.ts');
  await writeFile(file, source);
  const { pipeline } = await loadPipeline(file);
  return pipeline.name;
}

const HEAD = `
import * as z from 'zod';
import { count, definePipeline, max, tumbling } from 'weir';
`;

test('a pipeline is found by its name, and by the path of a file anywhere', async () => {
  expect((await loadPipeline('flights')).pipeline.name).toBe('flights');
  expect((await loadPipeline('pipelines/weather.ts')).pipeline.name).toBe('weather');
  const source = `${HEAD}
    export default definePipeline({
      name: 'mine', schema: z.object({ t: z.number() }), eventTime: (event) => event.t,
      aggregates: { all: { groupBy: [], window: tumbling('1h'), metrics: { events: count() } } },
    });`;
  expect(await load(source)).toBe('mine');
});

test('the kinds of metrics that a file makes are known where its blocks are read', async () => {
  const source = `${HEAD}
    import { defineMetric } from 'weir';
    const flags = defineMetric<number>({
      kind: 'flags_of_a_file', input: 'number', empty: () => 0,
      add: (state, value) => state | value, merge: (state, other) => state | other, value: (state) => state,
      write: (out, state) => out.varint(state), read: (input) => input.varint('flags'),
    });
    export default definePipeline({
      name: 'mine', schema: z.object({ t: z.number() }), eventTime: (event) => event.t,
      aggregates: { all: { groupBy: [], window: tumbling('1h'), metrics: { flags: flags('t') } } },
    });`;
  // One metric 'f' of that kind; one group of all, of the state 5.
  const kind = Buffer.from('flags_of_a_file');
  const block = Uint8Array.of(0x81, 1, 1, 0x66, kind.length, ...kind, 1, 0, 0, 5);
  expect(() => decodeGroups(block, nodeCompression)).toThrow(/a kind of metric that this code knows/);
  expect(await load(source)).toBe('mine');
  expect(decodeGroups(block, nodeCompression).values(0)).toEqual([5]);
  // Also where a file is loaded again, changed.
  expect(await load(source.replace('value: (state) => state', 'value: (state) => -state'))).toBe('mine');
  expect(decodeGroups(block, nodeCompression).values(0)).toEqual([-5]);
});

test.each([
  [
    'a mistake in the definition, with its place and remedy',
    `${HEAD} export default definePipeline({
      name: 'mine', schema: z.object({ t: z.number() }), eventTime: (event) => event.t,
      aggregates: { all: { groupBy: [], window: tumbling('1 h'), metrics: { worst: max('dely' as 't') } } },
    });`,
    [
      /mine\.ts: the definition of pipeline 'mine' has mistakes/,
      /aggregates\.all\.window: .*'1h'/,
      /'dely'.*it has t/,
    ],
  ],
  ['a syntax error, with its line', 'const a = 1;\nconst b = ;', [/mine\.ts:2:\d+: Unexpected ";"/]],
  [
    'a package that is not there, with the command',
    "import x from 'not-a-package';\nexport default x;",
    [/mine\.ts:1:\d+: Could not resolve/, /npm install not-a-package/],
  ],
  [
    'nothing exported',
    'export const a = 1;',
    [/has no default export\. Write: export default definePipeline/],
  ],
  ['something else exported', 'export default { name: 1 };', [/exports something else by default/]],
  [
    'code that throws, with its line',
    'const a = 1;\n\nfunction f(): never {\n  throw new Error("oops");\n}\nexport default f();',
    [/threw while it was loaded: Error: oops \(line 4\)/],
  ],
])('says what is wrong with a file, without a stack: %s', async (_, source, messages) => {
  const error: unknown = await load(source).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  for (const message of messages) expect(String(error)).toMatch(message);
  expect(String(error)).not.toMatch(/^\s+at /m);
});

test('says which names there are, and which one is near', async () => {
  await expect(loadPipeline('flihgts')).rejects.toThrow('Did you mean flights?');
  await expect(loadPipeline('sales')).rejects.toThrow(/There are flights, weather/);
  await expect(loadPipeline('./sales.ts')).rejects.toThrow(/There is no file .*sales\.ts/);
});
