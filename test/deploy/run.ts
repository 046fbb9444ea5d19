// `npm run test:deploy [endpoint]`: finds a target, or starts one, and deploys to it for real. Not part of `npm test`,
// since it needs an emulator that npm does not have.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findTarget, targetEnvironment } from './targets.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const log = (line: string) => process.stdout.write(`test:deploy: ${line}\n`);

const [endpoint] = process.argv.slice(2);
if (endpoint !== undefined) process.env['AWS_ENDPOINT_URL'] = endpoint;
const folder = mkdtempSync(join(tmpdir(), 'weir-deploy-'));
try {
  lintTemplates();
  const found = await findTarget(log);
  if (typeof found === 'string') {
    log(`${found} Nothing was deployed.`);
    // An endpoint that was asked for and does not answer is a failure; none to be had is not.
    if (process.env['AWS_ENDPOINT_URL'] !== undefined) process.exitCode = 1;
  } else {
    const { target } = found;
    log(`deploying to ${target.name} at ${target.endpoint}`);
    for (const feature of target.lacks) log(`${target.name} lacks ${feature}: skipped`);
    try {
      process.exitCode ||= await runTests({
        WEIR_DEPLOY_TARGET: JSON.stringify(target),
        WEIR_DEPLOY_FOLDER: folder,
        ...targetEnvironment(target, folder),
      });
    } finally {
      await found.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** cfn-lint knows the service's own rules, beyond what CDK checks. */
function lintTemplates(): void {
  if (spawnSync('cfn-lint', ['--version'], { stdio: 'ignore' }).status !== 0) {
    log('cfn-lint is not installed: linting the templates is skipped (pip install cfn-lint)');
    return;
  }
  const output = join(folder, 'lint');
  const synth = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), 'synth', '-q', '-o', output],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const templates = readdirSync(output).filter((name) => name.endsWith('.template.json'));
  const lint = spawnSync(
    'cfn-lint',
    templates.map((name) => join(output, name)),
    { stdio: 'inherit' },
  );
  if (synth.status !== 0 || lint.status !== 0) process.exitCode = 1;
  else log(`cfn-lint has nothing to say of ${templates.join(', ')}`);
}

function runTests(environment: Record<string, string>): Promise<number> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/deploy/vitest.config.ts'],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...environment } },
  );
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
