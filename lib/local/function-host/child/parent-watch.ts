import { Worker } from 'node:worker_threads';

const CHECK_INTERVAL_MS = 500;

/**
 * Kills this process soon after its parent is gone. In a thread of its own, since a function that never gives the
 * event loop back would not see the closed channel either.
 *
 * @param parentPid as the parent knows it: it may be gone before this process could ask
 */
export function endWithParent(parentPid: number): void {
  const source = `
    setInterval(() => { if (process.ppid !== ${parentPid}) process.kill(process.pid, 'SIGKILL'); }, ${CHECK_INTERVAL_MS});
  `;
  new Worker(source, { eval: true, stdin: false, env: {}, execArgv: [] }).unref();
  process.on('disconnect', () => process.exit(0));
}
