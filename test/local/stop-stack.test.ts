import { expect, test } from 'vitest';
import { StopStack } from '#local/stop-stack.ts';

test('the steps are done once, the last one first', async () => {
  const done: string[] = [];
  const stack = new StopStack();
  for (const step of ['one', 'two', 'three']) {
    stack.push(async () => {
      await Promise.resolve();
      done.push(step);
    });
  }
  await Promise.all([stack.stop(), stack.stop()]);
  await stack.stop();
  expect(done).toEqual(['three', 'two', 'one']);
});

test('a step that fails keeps none of the others from being done, and is told', async () => {
  let done = false;
  const stack = new StopStack();
  stack.push(() => {
    done = true;
  });
  stack.push(() => Promise.reject(new Error('will not stop')));
  await expect(stack.stop()).rejects.toThrow('will not stop');
  expect(done).toBe(true);
});
