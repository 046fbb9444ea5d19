/**
 * How long a failed batch waits before it is tried again: `baseMs`, then twice as long each time, up to `msMax`.
 * Lambda backs off exponentially too, with numbers that it does not publish.
 *
 * @param failures how often the batch has failed in a row, at least 1
 */
export function retryDelayMs(failures: number, baseMs: number, msMax: number): number {
  return Math.min(msMax, baseMs * 2 ** Math.min(failures - 1, 30));
}
