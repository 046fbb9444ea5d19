import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../cli/read-events/read-file.ts';

type Packages = Readonly<
  Record<string, { readonly version?: string; readonly optional?: boolean; readonly dev?: boolean }>
>;

const WANTED: Packages = {
  '': { version: '0.1.0' },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/b': { version: '2.0.0', dev: true },
  'node_modules/for-another-system': { version: '3.0.0', optional: true },
};

/** A project that wants these packages and has those, or no node_modules; `npm` is a script that keeps its arguments. */
async function runInstall(installed: Packages | undefined, npmExitCode = 0) {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'bin'));
  const script = fileURLToPath(new URL('../../bin/install.mjs', import.meta.url));
  await copyFile(script, join(folder, 'bin/install.mjs'));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ packages: WANTED }));
  if (installed !== undefined) {
    await mkdir(join(folder, 'node_modules'));
    await writeFile(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }));
  }
  const npm = join(folder, 'npm-cli.js');
  const calls = join(folder, 'calls');
  await writeFile(
    npm,
    `require('node:fs').writeFileSync(${JSON.stringify(calls)}, JSON.stringify([process.cwd(), ...process.argv.slice(2)]));
     process.exit(${npmExitCode});`,
  );
  const { status, stderr } = spawnSync(process.execPath, ['bin/install.mjs'], {
    cwd: folder,
    env: { ...process.env, npm_execpath: npm, NODE_ENV: 'production' },
    encoding: 'utf8',
  });
  const called = await readFile(calls, 'utf8').then(
    (text) => JSON.parse(text) as string[],
    () => undefined,
  );
  return { status, stderr, called };
}

const { '': _root, 'node_modules/for-another-system': _other, ...INSTALLED } = WANTED;

test('nothing is done where the packages are those of the lock file', async () => {
  expect(await runInstall(INSTALLED)).toEqual({ status: 0, stderr: '', called: undefined });
});

test.each([
  ['there is no node_modules', undefined, 'there is no node_modules'],
  [
    'a package is missing, as after an install for production',
    { 'node_modules/a': { version: '1.0.0' } },
    'b is not',
  ],
  ['a package has another version', { ...INSTALLED, 'node_modules/a': { version: '0.9.0' } }, 'a is not'],
  [
    'an optional package has another version',
    { ...INSTALLED, 'node_modules/for-another-system': { version: '2.0.0' } },
    'for-another-system is not',
  ],
])('everything is installed, the development packages too, where %s', async (_, installed, reason) => {
  const { status, stderr, called } = await runInstall(installed);
  expect(called?.slice(1)).toEqual([
    'install',
    '--no-save',
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  expect(status).toBe(0);
  expect(stderr).toMatch(/^Installing the packages of package-lock\.json, once \(.+\) …\n$/);
  expect(stderr).toContain(reason);
});

test('what npm can not do is said, and ends what came after it', async () => {
  const { status, stderr } = await runInstall(undefined, 7);
  expect(status).toBe(1);
  expect(stderr).toContain('npm install did not succeed. Run it by hand to see why.');
});
