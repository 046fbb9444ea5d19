// Run by npm before `start` and `test`: installs the packages where they are missing or others than
// package-lock.json names, so that one command is enough in a fresh clone. Plain JavaScript, no packages.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const reason = reasonToInstall();
if (reason !== undefined) {
  process.stderr.write(`Installing the packages of package-lock.json, once (${reason}) …\n`);
  process.exitCode = install();
}

/** Why what is installed won't do; `undefined` where it will. npm writes down what it installed. */
function reasonToInstall() {
  const wanted = packagesOf('package-lock.json') ?? {};
  const installed = packagesOf('node_modules/.package-lock.json');
  if (installed === undefined) return 'there is no node_modules';
  // Packages for other systems are optional, and not installed here.
  const changed = Object.entries(wanted).find(
    ([path, { version, optional }]) =>
      path !== '' && !(optional && !installed[path]) && installed[path]?.version !== version,
  );
  return changed && `${changed[0].replace(/^.*node_modules\//, '')} is not the one named there`;
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(`${root}${lockFile}`, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * The development packages are needed too, whatever NODE_ENV says: the laptop's runtime is made of them. `npm ci` would
 * refuse a lock file that lacks a package of another system, which `npm install` fetches where it is needed.
 */
function install() {
  const npmScript = process.env.npm_execpath;
  const [command, prefix] = npmScript?.endsWith('npm-cli.js') ? [process.execPath, [npmScript]] : ['npm', []];
  const args = [
    ...prefix,
    'install',
    '--no-save',
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const run = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: command === 'npm' && process.platform === 'win32',
  });
  if (run.status === 0) return 0;
  process.stderr.write(
    `npm install did not succeed${run.error ? ` (${run.error.message})` : ''}. Run it by hand to see why.\n`,
  );
  return 1;
}
