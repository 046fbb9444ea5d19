import { expect, test } from 'vitest';
import { numbers, SummingRuntime } from '../runtime-fixture.ts';

const EVENTS = 6;
const PER_SECOND = 2;

test('a runtime that is given a capacity holds its function to it', async () => {
  const held = await SummingRuntime.start({ capacity: { eventsPerSecond: PER_SECOND } });
  try {
    const begun = performance.now();
    await held.put(numbers(0, EVENTS));
    await held.runtime.drained();
    expect(performance.now() - begun).toBeGreaterThan((EVENTS / PER_SECOND) * 1000 - 100);
    expect(held.runtime.usage().records).toBe(EVENTS);
  } finally {
    await held.stop();
  }
});
