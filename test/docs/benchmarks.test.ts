import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = resolve(ROOT, 'docs/benchmarks.md');
/** A fence that names the file whose code it shows. */
const SHOWN = /(?<=^```ts (bench\/\S+\.ts)\n)(?:[^`]|`(?!``))*?(?=^```$)/gm;

// `npm run docs` writes it anew.
test('the code in docs/benchmarks.md is the code that is run', async () => {
  const page = readFileSync(PAGE, 'utf8');
  const files = [...page.matchAll(SHOWN)].map(([, file]) => file);
  for (const query of ['q5', 'q7', 'q11', 'q12', 'q15', 'q16', 'q17']) {
    expect(files).toContain(`bench/nexmark/${query}.ts`);
  }
  expect(files).toContain('bench/yahoo/views-by-campaign.ts');
  const shown = page.replaceAll(SHOWN, (_, file: string) => readFileSync(resolve(ROOT, file), 'utf8'));
  await expect(shown).toMatchFileSnapshot(PAGE);
});
