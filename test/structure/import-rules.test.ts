import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What each folder must not contain, by example; the table in docs/ARCHITECTURE.md in force. */
const FORBIDDEN: readonly (readonly [file: string, code: string])[] = [
  ['lib/core/a.ts', `import '#contracts/table.ts';`],
  ['lib/core/a.ts', `import 'node:zlib';`],
  ['lib/core/a.ts', `import 'zod';`],
  ['lib/core/metrics/a.ts', `import '../../app/a.ts';`],
  ['lib/core/a.ts', 'export const now = Date.now();'],
  ['lib/core/a.ts', 'export const chance = Math.random();'],
  ['lib/contracts/a.ts', `import '#app/a.ts';`],
  ['lib/contracts/a.ts', `import '@aws-sdk/client-dynamodb';`],
  ['lib/app/a.ts', `import '#adapters/a.ts';`],
  ['lib/app/a.ts', `import '@aws-sdk/client-dynamodb';`],
  ['lib/app/a.ts', `import 'node:fs';`],
  ['lib/app/a.ts', 'export const now = Date.now();'],
  ['lib/app/a.ts', 'setTimeout(() => {}, 1);'],
  ['lib/adapters/a.ts', `import '#app/aggregate/limits.ts';`],
  ['lib/adapters/a.ts', `import '#local/a.ts';`],
  ['lib/infra/a.ts', `import '#adapters/a.ts';`],
  ['lib/infra/a.ts', `import '#functions/aggregate/handler.ts';`],
  ['lib/local/a.ts', `import '#infra/a.ts';`],
  ['functions/x/a.ts', `import '#local/a.ts';`],
];

const ALLOWED: readonly (readonly [file: string, code: string])[] = [
  ['lib/core/a.ts', `import '#core/b.ts';`],
  ['lib/contracts/a.ts', `import '#core/b.ts';`],
  ['lib/app/a.ts', `import '#core/b.ts';\nimport 'lru-cache';`],
  ['lib/adapters/a.ts', `import '#app/ports/b.ts';\nimport '@aws-sdk/client-dynamodb';`],
  ['lib/infra/a.ts', `import '#functions/aggregate/env.ts';\nimport 'aws-cdk-lib';`],
  ['lib/cli/a.ts', `import '#local/b.ts';`],
];

const ROOT = resolve(import.meta.dirname, '../..');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-rules-'));
  // These rules need no types, and the checker of types is not installed in the folder.
  const { options: _, ...config } = JSON.parse(await readFile(join(ROOT, '.oxlintrc.json'), 'utf8'));
  await writeFile(join(folder, '.oxlintrc.json'), JSON.stringify(config));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The linter's complaints about one file that says `code`. */
async function complaints(file: string, code: string): Promise<string[]> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${code}\n`);
  const oxlint = join(ROOT, 'node_modules/oxlint/bin/oxlint');
  const output = await new Promise<string>((done) => {
    const args = [oxlint, '--format=unix', file];
    execFile(process.execPath, args, { cwd: folder }, (_error, stdout) => done(stdout));
  });
  await rm(path);
  return output.split('\n').filter((line) => line.includes('no-restricted-'));
}

describe('the rules of imports', () => {
  it.each(FORBIDDEN)('%s may not say %s', async (file, code) => {
    expect(await complaints(file, code)).toHaveLength(1);
  });

  it.each(ALLOWED)('%s may say %s', async (file, code) => {
    expect(await complaints(file, code)).toEqual([]);
  });
});
