import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BundleError, bundleFunction } from '#local/bundle-function.ts';

const execute = promisify(execFile);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function bundle(entry: string, pipeline = 'export default { name: "none" };') {
  await writeFile(join(folder, 'entry.ts'), entry);
  await writeFile(join(folder, 'pipeline.ts'), pipeline);
  return bundleFunction({
    entryFile: join(folder, 'entry.ts'),
    pipelineFile: join(folder, 'pipeline.ts'),
    outputFolder: join(folder, 'output'),
  });
}

/** In a process of its own: Vitest's has globals that Lambda has not. */
async function run(entryFile: string): Promise<unknown> {
  const script = `
    const { handler } = await import(${JSON.stringify(pathToFileURL(entryFile).href)});
    console.log(JSON.stringify(await handler()));
  `;
  const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', script]);
  return JSON.parse(stdout) as unknown;
}

test("a function gets the user's pipeline, which may lie anywhere and import weir and zod", async () => {
  const { entryFile } = await bundle(
    `import pipeline from 'weir:pipeline';
     export const handler = () => [pipeline.name, pipeline.aggregates.length];`,
    `import * as z from 'zod';
     import { count, definePipeline, tumbling } from 'weir';
     import { field } from './field.ts';
     export default definePipeline({
       name: 'elsewhere',
       schema: z.object({ at: z.string(), [field]: z.string() }),
       eventTime: (event) => event.at,
       aggregates: { all: { groupBy: [field], window: tumbling('1h'), metrics: { events: count() } } },
     });`,
  ).catch(async (error: unknown) => {
    // The pipeline's own modules are found beside it.
    expect(String(error)).toContain('./field.ts');
    await writeFile(join(folder, 'field.ts'), "export const field = 'kind';");
    return bundleFunction({
      entryFile: join(folder, 'entry.ts'),
      pipelineFile: join(folder, 'pipeline.ts'),
      outputFolder: join(folder, 'output'),
    });
  });
  expect(await run(entryFile)).toEqual(['elsewhere', 1]);
});

test('what is imported where it is needed is a file of its own', async () => {
  const { bytes, entryFile, files } = await bundle(
    `export const handler = async () => {
       const { SQSClient } = await import('@aws-sdk/client-sqs');
       return typeof SQSClient;
     };`,
  );
  const entry = files.find(({ path }) => path === entryFile);
  expect(entry?.bytes).toBeLessThan(2000);
  expect(bytes).toBeGreaterThan(50_000);
  expect(await run(entryFile)).toBe('function');
});

test('the files are told as they are', async () => {
  const { bytes, files } = await bundle('export const handler = () => 1;');
  const written = await readdir(join(folder, 'output'));
  expect(written.toSorted()).toEqual(['handler.mjs', 'handler.mjs.map']);
  const code = await readFile(join(folder, 'output', 'handler.mjs'));
  expect(code.byteLength).toBe(bytes);
  expect(files.map(({ path }) => path).toSorted()).toEqual(
    written.map((name) => join(folder, 'output', name)).toSorted(),
  );
});

test('a CommonJS module that requires parts of Node works', async () => {
  await mkdir(join(folder, 'node_modules', 'old-style'), { recursive: true });
  await writeFile(
    join(folder, 'node_modules', 'old-style', 'index.js'),
    "const { join } = require('node:path'); exports.joined = join('a', 'b');",
  );
  const { entryFile } = await bundle(
    "import pipeline from 'weir:pipeline'; export const handler = () => pipeline.joined;",
    "import { joined } from 'old-style'; export default { joined };",
  );
  expect(await run(entryFile)).toBe(join('a', 'b'));
});

test("a mistake is told with file, line and column, and without esbuild's ado", async () => {
  const error = await bundle('export const handler = 1;\nimport x from "./nowhere.ts";\n\nconst y = ;').catch(
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(BundleError);
  expect((error as Error).message).toMatch(/entry\.ts:4:11: Unexpected ";"/);
});

test('several mistakes are all told', async () => {
  const pipeline = 'import a from "./a.ts";\nimport b from "no-such-package";\nexport default [a, b];';
  const error = (await bundle("export { default } from 'weir:pipeline';", pipeline).catch(
    (caught: unknown) => caught,
  )) as Error;
  const lines = error.message.split('\n').filter((line) => line.includes('Could not resolve'));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/pipeline\.ts:1:15: Could not resolve "\.\/a\.ts"/);
  expect(lines[1]).toMatch(/pipeline\.ts:2:15: Could not resolve "no-such-package"/);
});

test('a pipeline that is not there is told', async () => {
  await writeFile(join(folder, 'entry.ts'), "import p from 'weir:pipeline'; export const handler = () => p;");
  const pipelineFile = join(folder, 'missing.ts');
  const source = { entryFile: join(folder, 'entry.ts'), pipelineFile, outputFolder: join(folder, 'output') };
  await expect(bundleFunction(source)).rejects.toThrow('missing.ts');
});
