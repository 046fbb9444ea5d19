import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { COMPOSITE_ALARM, pipelineAlarms } from '#contracts/alarms.ts';
import { pipelineOptions } from '#infra/options.ts';
import { alarmSettings } from '#infra/pipeline-stack.ts';
import flights from '#pipelines/flights.ts';

export type Feature =
  | 'functions'
  | 'alarms'
  | 'stream encryption'
  | 'queue policies'
  | 'TTL'
  | 'deletion protection'
  | 'point-in-time recovery'
  | 'mapping settings'
  | 'schedules';

/** What a target of deployments is, as far as tests depend on it. */
export interface Target {
  readonly name: 'ministack' | 'localstack' | 'moto' | 'unknown';
  readonly endpoint: string;
  readonly account: string;
  /** What it can not do, or does not tell: not checked there. */
  readonly lacks: readonly Feature[];
  /** Alarms that it can not make: its CloudFormation has no composite alarms and no metric math. */
  readonly alarmsWithout: readonly string[];
  /** Arguments that `cdk bootstrap` and `cdk deploy` need there. */
  readonly bootstrapArguments: readonly string[];
  readonly deployArguments: readonly string[];
}

/** A target, and how to end it where it was started here. */
export interface FoundTarget {
  readonly target: Target;
  stop(): Promise<void>;
}

/** Where docker-compose.yml has LocalStack. */
export const LOCALSTACK_ENDPOINT = 'http://127.0.0.1:4566';

/** The alarms of a stack as it comes, and those of them that compute before they compare. */
const ALARMS = pipelineAlarms(alarmSettings(pipelineOptions.parse({}), flights));
const COMPUTED_ALARMS = [
  COMPOSITE_ALARM.name,
  ...ALARMS.filter(({ signal }) => signal.type !== 'metric' || signal.zeroWithoutData === true).map(
    ({ name }) => name,
  ),
];

const START_WAIT_MS = 60_000;
const STOP_WAIT_MS = 10_000;

/**
 * The endpoint that the environment names, else an emulator that is installed, started here on 127.0.0.1; a sentence
 * that says what was looked for where there is none. Real AWS is never a target.
 */
export async function findTarget(log: (line: string) => void): Promise<FoundTarget | string> {
  const given = process.env['AWS_ENDPOINT_URL'];
  if (given !== undefined) {
    if (!(await answers(given))) return `AWS_ENDPOINT_URL is ${given}, and nothing answers there.`;
    return { target: await describeTarget(given), stop: async () => {} };
  }
  for (const emulator of [
    { command: 'ministack', arguments: () => [], port: 'GATEWAY_PORT' },
    {
      command: 'moto_server',
      arguments: (port: number) => ['-H', '127.0.0.1', '-p', String(port)],
      port: undefined,
    },
  ]) {
    if (spawnSync(emulator.command, ['--help'], { stdio: 'ignore' }).error !== undefined) {
      log(`${emulator.command} is not installed`);
      continue;
    }
    const port = await freePort();
    log(`starting ${emulator.command} on 127.0.0.1:${port}`);
    const child = spawn(emulator.command, emulator.arguments(port), {
      stdio: 'ignore',
      env: {
        ...process.env,
        BIND_HOST: '127.0.0.1',
        IOT_MTLS_ENABLED: '0',
        SFTP_ENABLED: '0',
        ...(emulator.port !== undefined && { [emulator.port]: String(port) }),
      },
    });
    const endpoint = `http://127.0.0.1:${port}`;
    const stop = () => end(child);
    if (await startsToAnswer(endpoint, child)) return { target: await describeTarget(endpoint), stop };
    await stop();
    log(`${emulator.command} did not answer on ${endpoint}`);
  }
  return 'There is no target: set AWS_ENDPOINT_URL, or install MiniStack (pip install ministack) or moto (pip install "moto[server]").';
}

/** The environment of whatever talks to a target: the CDK's command line as well as clients. */
export function targetEnvironment({ endpoint }: Target, folder: string) {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SESSION_TOKEN: '',
    AWS_REGION: process.env['AWS_REGION'] ?? 'us-east-1',
    CDK_HOME: join(folder, 'cdk-home'),
    CDK_DISABLE_CLI_TELEMETRY: '1',
  };
}

async function describeTarget(endpoint: string): Promise<Target> {
  const plain = {
    endpoint,
    account: '000000000000',
    bootstrapArguments: [],
    deployArguments: [],
    alarmsWithout: COMPUTED_ALARMS,
  };
  if (await answers(`${endpoint}/_ministack/health`)) {
    return { ...plain, name: 'ministack', lacks: ['stream encryption', 'TTL', 'point-in-time recovery'] };
  }
  if (await answers(`${endpoint}/_localstack/health`)) {
    return { ...plain, name: 'localstack', lacks: [] };
  }
  if (await answers(`${endpoint}/moto-api/`)) {
    const qualifier = ['--qualifier', 'localhost'];
    const context = ['-c', '@aws-cdk/core:bootstrapQualifier=localhost', '-c', 'bootstrapVersionRule=false'];
    return {
      ...plain,
      name: 'moto',
      account: '123456789012',
      // Its CloudFormation knows no alarms at all.
      alarmsWithout: ALARMS.map(({ name }) => name),
      lacks: [
        'functions',
        'alarms',
        'stream encryption',
        'TTL',
        'point-in-time recovery',
        'queue policies',
        'mapping settings',
      ],
      bootstrapArguments: [...qualifier, ...context],
      deployArguments: ['--method', 'direct', ...context],
    };
  }
  return { ...plain, name: 'unknown', lacks: [] };
}

/** Whether there is a server, and the page in it. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    return new URL(url).pathname === '/' || response.ok;
  } catch {
    return false;
  }
}

async function startsToAnswer(endpoint: string, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + START_WAIT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await answers(endpoint)) return true;
    await sleep(200);
  }
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGTERM');
  const inTime = await Promise.race([ended, sleep(STOP_WAIT_MS, 'late', { ref: false })]);
  if (inTime === 'late') child.kill('SIGKILL');
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('the system gave no free port'));
      });
    });
  });
}
