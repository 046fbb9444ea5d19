import { expect, test } from 'vitest';
import { measureClosing } from '#cli/try/measure-closing.ts';

const DONE = { finals: 3, finalThrough: 1000, unfinished: undefined };

/** A run whose function `close` does this, one after the other, and the last for ever. */
function runThat(...outcomes: (object | Error)[]) {
  let closed = 0;
  const close = () => {
    const outcome = outcomes[Math.min(closed++, outcomes.length - 1)];
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
  };
  const usage = () => ({ requests: { PutItem: 2 * closed }, writeUnits: 5 * closed });
  const run = { runtime: { close }, usage, counts: { windowsClosed: 7 } };
  return { run: run as unknown as Parameters<typeof measureClosing>[0], closed: () => closed };
}

test('closing goes on until all is closed, also after runs that failed', async () => {
  const slow = new Error('close: error: table unavailable');
  const { closed, run } = runThat(slow, { ...DONE, unfinished: 'time' }, slow, DONE);
  expect(await measureClosing(run, 0)).toEqual({
    finals: 7,
    finalThrough: 1000,
    lastRun: { finals: 6, requests: 8, writeUnits: 20 },
  });
  expect(closed()).toBe(4);
});

test('closing that never comes to an end is told, with why', async () => {
  const failing = measureClosing(runThat(new Error('close: error: broken')).run, 0);
  await expect(failing).rejects.toThrow('closing was not done after 20 runs: close: error: broken');
  const unfinished = measureClosing(runThat({ ...DONE, unfinished: 'time' }).run, 0);
  await expect(unfinished).rejects.toThrow(/^closing was not done after 20 runs$/);
});
