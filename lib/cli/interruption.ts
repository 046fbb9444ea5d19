import { EXIT } from './exit-codes.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The work was stopped by the user. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Turns the first Ctrl-C (or SIGTERM) into an abort, so that work can be stopped in order; the second one ends the
 * process at once. What was started as a child process ends with it. Returns a function that stops listening.
 */
export function onInterruption(controller: AbortController, note: (line: string) => void): () => void {
  const listener = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    note('Stopping … (once more to stop at once)');
    controller.abort(new Interrupted('stopped by the user'));
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
