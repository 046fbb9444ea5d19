import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadedScripts } from '../support/loaded-scripts.ts';
import { BUNDLE_KB_MAX } from './bundle-limits.ts';

const ROOT = resolve(import.meta.dirname, '../..');

interface Ran {
  readonly code: number;
  readonly said: string;
}

let folder: string;
let output: string;
let synth: Ran;

/** The CDK command line as on a machine that knows nothing of AWS: no credentials, no region, no Docker, no network. */
function cdk(...args: string[]): Promise<Ran> {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    CDK_DISABLE_CLI_TELEMETRY: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return new Promise((done) => {
    execFile(
      process.execPath,
      [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), ...args],
      { cwd: ROOT, env },
      (error, stdout, stderr) =>
        done({ code: error === null ? 0 : Number(error.code ?? 1), said: `${stdout}\n${stderr}` }),
    );
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-synth-'));
  output = join(folder, 'cdk.out');
  synth = await cdk('synth', '--quiet', '--strict', '--output', output);
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The files of a stack's function. */
function bundleOf(stack: string): { readonly folder: string; readonly files: readonly string[] } {
  const manifest = JSON.parse(readFileSync(join(output, `${stack}.assets.json`), 'utf8')) as {
    files: Record<string, { displayName: string; source: { path: string } }>;
  };
  const asset = Object.values(manifest.files).find(({ displayName }) =>
    displayName.includes('Function/Code'),
  );
  const path = join(output, asset?.source.path ?? expect.fail('the stack has no code'));
  return { folder: path, files: readdirSync(path) };
}

describe('cdk synth', () => {
  it('works without credentials, and finds nothing to complain of', () => {
    expect(synth).toMatchObject({ code: 0 });
    expect(synth.said).not.toMatch(/warning:|error:|WARNING|ERROR/);
  });

  it('makes one stack a pipeline, each with its own pipeline in its function and no other', () => {
    const stacks = readdirSync(output).filter((name) => name.endsWith('.template.json'));
    expect(stacks).toEqual(['weir-flights.template.json', 'weir-weather.template.json']);
    const codeOf = (stack: string) => {
      const bundle = bundleOf(stack);
      const scripts = bundle.files.filter((name) => name.endsWith('.mjs'));
      return scripts.map((name) => readFileSync(join(bundle.folder, name), 'utf8')).join('\n');
    };
    // A bundle is no message to read: the names are looked for, not the code compared.
    const namesIn = (stack: string) =>
      ['delays_by_origin', 'weeks_by_location'].filter((name) => codeOf(stack).includes(name));
    expect(namesIn('weir-flights')).toEqual(['delays_by_origin']);
    expect(namesIn('weir-weather')).toEqual(['weeks_by_location']);
  });

  it('bundles functions small, with source maps, and loads what is rare only when it is needed', async () => {
    const { files, folder: bundle } = bundleOf('weir-flights');
    const scripts = files.filter((name) => name.endsWith('.mjs'));
    for (const script of scripts) expect(files).toContain(`${script}.map`);
    const size = (names: Iterable<string>) =>
      [...names].reduce((sum, name) => sum + statSync(join(bundle, name)).size, 0) / 1000;
    const loaded = await loadedScripts(bundle);
    expect(size(loaded)).toBeLessThan(BUNDLE_KB_MAX.loadedKB);
    expect(size(scripts)).toBeLessThan(BUNDLE_KB_MAX.allKB);
    expect(size(loaded)).toBeLessThan(size(scripts));
  });
});
