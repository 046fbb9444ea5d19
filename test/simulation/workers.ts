import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Totals } from './totals.ts';
import type { Job } from './worker.ts';

/** Gives jobs to as many processes as there are processors, until there are none or `onDone` returns false. */
export async function runJobs(
  jobs: Iterable<Job>,
  onDone: (totals: Totals, job: Job) => boolean,
): Promise<void> {
  const iterator = jobs[Symbol.iterator]();
  let isOver = false;
  const work = async () => {
    const worker = fork(new URL('./worker.ts', import.meta.url), {
      execArgv: ['--max-semi-space-size=64', '--import', 'tsx'],
    });
    try {
      for (let next = iterator.next(); !isOver && next.done !== true; next = iterator.next()) {
        if (!onDone(await ask(worker, next.value), next.value)) isOver = true;
      }
    } finally {
      worker.disconnect();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
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
