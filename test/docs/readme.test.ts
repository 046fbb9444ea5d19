import { spawnSync } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadPipeline } from '#cli/load-pipeline.ts';
import { temporaryFolder } from '../cli/read-events/read-file.ts';
import { weir } from '../cli/run-weir.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Fence {
  readonly language: string;
  /** Name of the file that it is, if it says so. */
  readonly file: string | undefined;
  readonly content: string;
}

async function fencesOf(path: string): Promise<Fence[]> {
  const text = await readFile(join(ROOT, path), 'utf8');
  return [...text.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
    ([, language = '', file, content = '']) => ({
      language,
      file,
      content,
    }),
  );
}

/** Checks TypeScript files outside of the checkout as the checkout checks its own. */
function typeErrors(folder: string): string {
  const { stdout } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder],
    {
      encoding: 'utf8',
    },
  );
  return stdout;
}

/** Makes a folder a project like this one. */
async function writeProject(folder: string): Promise<void> {
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const paths = { weir: [join(ROOT, 'lib/index.ts')] };
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { paths, typeRoots: [join(ROOT, 'node_modules/@types')] },
    include: ['*.ts'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
}

describe("the README's pipeline", () => {
  test('compiles, runs, and prints what the README says', async () => {
    const folder = await temporaryFolder();
    const fences = await fencesOf('README.md');
    const files = fences.filter(({ file }) => file !== undefined);
    expect(files.map(({ file }) => file)).toEqual(['orders.ts', 'orders.ndjson']);
    for (const { file = '', content } of files) await writeFile(join(folder, file), content);
    await writeProject(folder);
    expect(typeErrors(folder)).toBe('');

    const command = fences.find(
      ({ language, content }) => language === 'sh' && content.includes('orders.ts'),
    );
    const args = command?.content.trim().split(' ').slice(3) ?? [];
    expect(args[0]).toBe('try');
    const { code, stdout, stderr } = await weir(args, folder);
    expect(code).toBe(3);
    const printed = `${stdout}${stderr}`.split('\n');
    const promised = fences.find(({ content }) => content.includes('sales_by_shop · every'))?.content ?? '';
    for (const line of promised.split('\n')) expect(printed).toContain(line);
  });
});

describe('docs/pipelines.md', () => {
  test('has pipelines that compile and load', async () => {
    const folder = await temporaryFolder();
    const sources = (await fencesOf('docs/pipelines.md')).filter(
      ({ language, content }) => language === 'ts' && content.includes('export default definePipeline'),
    );
    const files = sources.map((_, i) => join(folder, `pipeline${i}.ts`));
    for (const [i, { content }] of sources.entries()) await writeFile(files[i] ?? '', content);
    await writeProject(folder);
    expect(typeErrors(folder)).toBe('');
    const names: string[][] = [];
    for (const file of files) {
      const { pipeline } = await loadPipeline(file);
      names.push(pipeline.aggregates.map(({ name }) => name));
    }
    expect(names).toContainEqual(['sales_by_shop', 'sales']);
    expect(names).toContainEqual(['errors_by_device']);
  });

  test('shows what mistakes really look like', async () => {
    const folder = await temporaryFolder();
    const source = (await fencesOf('README.md')).find(({ file }) => file === 'orders.ts')?.content ?? '';
    const wrong = source
      .replace("tumbling('1h')", "tumbling('1 hour')")
      .replace("sum('amount')", "sum('amuont')");
    await writeFile(join(folder, 'my.ts'), wrong);
    const error: unknown = await loadPipeline(join(folder, 'my.ts')).catch((thrown: unknown) => thrown);
    const message = (error as Error).message.replace(/^.*my\.ts/, 'my.ts');
    const shown = (await fencesOf('docs/pipelines.md')).map(({ content }) => content);
    expect(shown).toContain(`${message}\n`);
  });

  test('lists every reason that an event is set aside for', async () => {
    const text = await readFile(join(ROOT, 'docs/pipelines.md'), 'utf8');
    const rejections = await readFile(join(ROOT, 'lib/core/rejection.ts'), 'utf8');
    const reasons = [...rejections.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, reason]) => reason);
    expect(reasons.length).toBeGreaterThan(5);
    for (const reason of reasons) expect(text).toContain(`| \`${reason}\` |`);
  });
});

test('docs/cli.md and the help name the same options', async () => {
  const text = await readFile(join(ROOT, 'docs/cli.md'), 'utf8');
  for (const command of ['start', 'try', 'put', 'query', 'ledger', 'inspect', 'openapi']) {
    const { stdout, code } = await weir(['help', command]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Examples:$/m);
    const options = [...stdout.matchAll(/^ {2}(?:-h, )?(--[a-z-]+)/gm)].map(([, option = '']) => option);
    for (const option of options.filter((name) => name !== '--help')) expect(text).toContain(option);
  }
});
