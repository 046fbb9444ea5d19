import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUNDLE_KB_MAX } from '#test/infra/bundle-limits.ts';
import { synthTemplate } from '#test/infra/synth.ts';
import { alarmsPage } from './alarms-page.ts';
import { functionsPage } from './functions-page.ts';

const DOCS = resolve(import.meta.dirname, '../../docs');

// `npm run docs` writes them anew.
describe('the generated pages of the docs', () => {
  it('docs/alarms.md is what the registry says', async () => {
    await expect(alarmsPage()).toMatchFileSnapshot(resolve(DOCS, 'alarms.md'));
  });

  it('docs/functions.md is what the template says', async () => {
    await expect(functionsPage(await synthTemplate(), BUNDLE_KB_MAX)).toMatchFileSnapshot(
      resolve(DOCS, 'functions.md'),
    );
  });
});
