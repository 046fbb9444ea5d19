import { spawnSync } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import weirPackage from '../../package.json' with { type: 'json' };
import { temporaryFolder } from '../cli/read-events/read-file.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/weir.mjs', import.meta.url));

function run(args: readonly string[], cwd?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], { cwd, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('it works from any folder', async () => {
  expect(run([LAUNCHER, '--version'], await temporaryFolder())).toEqual({
    status: 0,
    stdout: '0.1.0\n',
    stderr: '',
  });
});

test('an old Node is told what is needed', () => {
  const pretend = "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.18.3'}})";
  const { status, stderr } = run(['--import', pretend, LAUNCHER, '--version']);
  expect(stderr).toContain('Weir needs Node 20.19 or newer; this is 20.18.3');
  expect(status).toBe(2);
});

test('without installed packages it says which command installs them', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'bin'));
  await copyFile(LAUNCHER, join(folder, 'bin/weir.mjs'));
  const { status, stderr } = run([join(folder, 'bin/weir.mjs'), '--version']);
  expect(stderr).toContain(`npm install --prefix ${folder}`);
  expect(status).toBe(2);
});

test('npx runs this checkout, not a package of the same name', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const npx = spawnSync('npx', ['--no-install', weirPackage.name, '--version'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(npx.stdout).toBe('0.1.0\n');
});
