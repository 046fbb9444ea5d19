// `npm run deploy:local [pipeline]`: bootstraps and deploys to AWS_ENDPOINT_URL, by default LocalStack on this machine,
// and says how to use what it made.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cdk } from './cdk.ts';
import { findTarget, LOCALSTACK_ENDPOINT, targetEnvironment } from './targets.ts';

const pipeline = process.argv[2] ?? 'flights';
process.env['AWS_ENDPOINT_URL'] ??= LOCALSTACK_ENDPOINT;
const found = await findTarget((line) => process.stdout.write(`${line}\n`));
if (typeof found === 'string') {
  process.stderr.write(`${found} Start LocalStack with: npm run localstack:up\n`);
  process.exitCode = 1;
} else {
  const folder = mkdtempSync(join(tmpdir(), 'weir-deploy-'));
  const environment = targetEnvironment(found.target, folder);
  Object.assign(process.env, environment);
  try {
    const cdk = new Cdk(found.target, folder, pipeline);
    await cdk.bootstrap();
    const { outputs } = await cdk.deploy();
    for (const [name, value] of Object.entries(outputs))
      process.stdout.write(`${name.padEnd(22)} ${value}\n`);
    const { AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_REGION, AWS_SECRET_ACCESS_KEY } = environment;
    const exported = { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
    process.stdout.write(
      `\nTo use it:\n  export ${Object.entries(exported)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}\n` +
        `  npx --no-install weir put events.ndjson --stream ${outputs['StreamName']}\n` +
        `  npx --no-install weir ledger ${pipeline} --table ${outputs['TableName']}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
