import { expect, test } from 'vitest';
import type { EventFile } from '#cli/read-events/input-event.ts';
import { estimateEvents, steadyPace, watchableSpeed } from '#cli/start/pace.ts';
import { Rate } from '#cli/start/rate.ts';

const never = new AbortController().signal;

test('a pace lets no more go than are due, and never none', async () => {
  const startedMs = performance.now();
  const pace = steadyPace(2000, never);
  let gone = 0;
  while (gone < 300) {
    const events = await pace(1000);
    expect(events).toBeGreaterThan(0);
    gone += events;
    expect(gone).toBeLessThanOrEqual(((performance.now() - startedMs) / 1000) * 2000);
  }
  expect(await steadyPace(1_000_000, never)(1)).toBe(1);
});

test('a pace that waits ends with its signal', async () => {
  const controller = new AbortController();
  const waiting = steadyPace(1e-9, controller.signal)(1);
  controller.abort();
  await expect(waiting).rejects.toThrow('aborted');
});

test('a speed that can be watched takes half a minute', () => {
  expect(watchableSpeed(20_000)).toBe(667);
  expect(watchableSpeed(3)).toBe(1);
  expect(watchableSpeed(0)).toBe(1);
});

test('the events of a file that is soon read are counted', async () => {
  const file: EventFile = {
    path: 'x',
    format: 'ndjson',
    columns: undefined,
    progress: () => 0.5,
    async *batches() {
      for (let batch = 0; batch < 3; batch++) yield [{ kind: 'event', value: {} }];
    },
  };
  expect(await estimateEvents(file)).toBe(3);
});

test('a rate is that of the last seconds', () => {
  const rate = new Rate();
  expect(rate.at(0, 100)).toBe(0);
  expect(rate.at(1000, 100)).toBe(0);
  expect(rate.at(2000, 300)).toBe(100);
  for (let second = 3; second <= 20; second++) rate.at(second * 1000, 300 + (second - 2) * 50);
  expect(rate.at(21_000, 300 + 19 * 50)).toBe(50);
  for (let second = 22; second <= 40; second++) rate.at(second * 1000, 1250);
  expect(rate.at(41_000, 1250)).toBe(0);
});
