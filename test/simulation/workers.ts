import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleScript } from '#local/bundle-script.ts';
import type { Totals } from './totals.ts';
import type { Job } from './worker.ts';

/**
 * Makes what workers run, and returns its path. One file: what a loader adds to each module, and to each error, of
 * which there are thousands, costs a third.
 */
export async function bundleWorker(folder: string): Promise<string> {
  const script = join(folder, 'worker.mjs');
  await bundleScript(fileURLToPath(new URL('./worker.ts', import.meta.url)), script);
  return script;
}

/** Gives jobs to as many processes as there are processors, until there are none or `onDone` returns false. */
export async function runJobs(
  jobs: Iterable<Job>,
  onDone: (totals: Totals, job: Job) => boolean,
): Promise<void> {
  const iterator = jobs[Symbol.iterator]();
  let isOver = false;
  const folder = await mkdtemp(join(tmpdir(), 'weir-simulation-'));
  try {
    const script = await bundleWorker(folder);
    await Promise.all(Array.from({ length: availableParallelism() }, () => work(script)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }

  async function work(script: string): Promise<void> {
    const worker = fork(script, { execArgv: ['--max-semi-space-size=64', '--stack-trace-limit=0'] });
    try {
      for (let next = iterator.next(); !isOver && next.done !== true; next = iterator.next()) {
        if (!onDone(await ask(worker, next.value), next.value)) isOver = true;
      }
    } finally {
      if (worker.connected) worker.disconnect();
    }
  }
}

function ask(worker: ChildProcess, job: Job): Promise<Totals> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`a worker ended with code ${code} at seeds from ${job.from}`));
    worker.once('exit', onExit);
    worker.once('message', (totals) => {
      worker.off('exit', onExit);
      resolve(totals as Totals);
    });
    worker.send(job);
  });
}
