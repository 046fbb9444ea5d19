#!/usr/bin/env node
// The launcher, in plain JavaScript: what runs before Node's version and the installed packages are known to be right.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Weir needs Node 20.19 or newer; this is ${process.versions.node} (${process.execPath}).`);
} else if (!existsSync(new URL('node_modules/tsx/package.json', root))) {
  fail(`The packages that Weir needs are not installed. Run: npm install --prefix ${fileURLToPath(root)}`);
} else {
  // Of versions to come, not of the one that is installed.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { register } = await import('tsx/esm/api');
  register({ tsconfig: fileURLToPath(new URL('tsconfig.json', root)) });
  await import('./weir.ts');
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}
