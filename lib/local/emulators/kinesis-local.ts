import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleScript } from '../bundle-script.ts';
import type { Emulator } from './emulator.ts';
import type { ListeningMessage } from './kinesis-local-process.ts';

/** Only a name for the plain HTTP listener: the real port is a free one. */
const PLAIN_PORT = 4568;
const START_WAIT_MS = 60_000;

/**
 * Kinesis by kinesis-local (LocalStack's own), in a process of its own. Faithful and slow: 2 to 3 s to start, some
 * hundred records a second. It keeps the stream in memory: what it would write to a file every few seconds is lost
 * when it is killed, which is no base for a resumed run.
 *
 * @param options.workFolder where the process's script is put
 */
export async function startKinesisLocal(options: { readonly workFolder: string }): Promise<Emulator> {
  const packageFolder = dirname(createRequire(import.meta.url).resolve('kinesis-local/package.json'));
  // A file of its own: another one that starts in the same folder must not read it half written.
  const scriptFile = join(options.workFolder, `kinesis-local-process-${randomUUID()}.mjs`);
  await bundleScript(fileURLToPath(new URL('./kinesis-local-process.ts', import.meta.url)), scriptFile);

  const child = fork(scriptFile, [join(packageFolder, 'main.js')], {
    execArgv: [],
    env: {
      KINESIS_MOCK_CERT_PATH: join(packageFolder, 'server.json'),
      KINESIS_MOCK_PLAIN_PORT: String(PLAIN_PORT),
      CREATE_STREAM_DURATION: '1ms',
      DELETE_STREAM_DURATION: '1ms',
      SPLIT_SHARD_DURATION: '1ms',
      MERGE_SHARDS_DURATION: '1ms',
      UPDATE_SHARD_COUNT_DURATION: '1ms',
      SHARD_LIMIT: '500',
      LOG_LEVEL: 'ERROR',
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk.toString()}`.slice(-2000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('kinesis-local did not start in time')), START_WAIT_MS);
    void ended.then(() => reject(new Error(`kinesis-local ended at its start: ${errors.trim()}`)));
    child.on('message', ({ askedPort, port }: ListeningMessage) => {
      if (askedPort !== PLAIN_PORT) return;
      clearTimeout(timer);
      resolve(port);
    });
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { endpoint: `http://127.0.0.1:${port}`, stop };
}
