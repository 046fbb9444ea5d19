import type { Runtime } from '#local/runtime.ts';

const CHECK_INTERVAL_MS = 1000;
/** Failures without any progress in between, and for so long, are no passing trouble. */
const STALLED_AFTER_MS = 60_000;
const STALLED_FAILURES_MIN = 5;

/**
 * Waits for the stream to be drained. Rejects when the signal aborts, and when the function does nothing but fail:
 * its records are tried again for ever, which is right on AWS, where somebody mends it.
 */
export async function waitUntilDrained(
  runtime: Runtime,
  signal: AbortSignal,
  logTail: () => string,
): Promise<void> {
  signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const givenUp = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    let progress = { atMs: performance.now(), records: -1, failures: 0 };
    timer = setInterval(() => {
      const { records, failedInvocations, mapping } = runtime.usage();
      const failures = failedInvocations + mapping.partialInvocations;
      if (records !== progress.records) progress = { atMs: performance.now(), records, failures };
      const stalledMs = performance.now() - progress.atMs;
      if (stalledMs > STALLED_AFTER_MS && failures - progress.failures >= STALLED_FAILURES_MIN) {
        reject(
          new Error(
            `the function failed ${failures - progress.failures} times within ${Math.round(stalledMs / 1000)} s ` +
              `without getting anywhere; it logged last:\n${logTail()}`,
          ),
        );
      }
    }, CHECK_INTERVAL_MS);
  });
  try {
    await Promise.race([runtime.drained(), givenUp]);
  } finally {
    clearInterval(timer);
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}
