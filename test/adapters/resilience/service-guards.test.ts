import { describe, expect, it } from 'vitest';
import { type Service, ServiceGuards, timeoutMsOf } from '#adapters/resilience/service-guards.ts';
import { AGGREGATE_LIMITS } from '#app/aggregate/limits.ts';

/** What an invocation keeps for saying that it could not finish. */
const ANSWER_MS = 1000;

/** How a service fares whose calls all take that long: whether it is given up, after twenty of them. */
async function isGivenUp(service: Service, tookMs: number): Promise<boolean> {
  let nowMs = 0;
  const time = { now: () => nowMs, sleep: async () => {}, random: () => 0.5 };
  const guards = new ServiceGuards(() => {}, time);
  for (let call = 0; call < 20; call++) {
    const answer = await guards
      .call(service, async () => {
        nowMs += tookMs;
        return 'late';
      })
      .catch(() => 'refused');
    if (answer === 'refused') return true;
  }
  return guards.openCircuits > 0;
}

describe('a service that answers late', () => {
  it.each<[Service, number, boolean]>([
    ['table_reads', 2000, false],
    ['table_writes', 2000, false],
    ['table_writes', 4000, false],
    ['table_writes', 4001, true],
    ['reference_table', 2000, false],
    ['dead_letter_queue', 900, false],
    ['dead_letter_queue', 1100, true],
    ['stream_puts', 1600, true],
  ])('%s in %i ms is given up: %s', async (service, tookMs, given) => {
    expect(await isGivenUp(service, tookMs)).toBe(given);
  });

  it.each<Service>(['table_reads', 'table_writes', 'dead_letter_queue', 'stream_reads', 'event_bus'])(
    '%s is heard out for longer than it takes to be given up for slowness',
    async (service) => {
      expect(await isGivenUp(service, timeoutMsOf(service) - 1)).toBe(true);
    },
  );

  it('leaves a last commit the time for its two rounds of writes', async () => {
    const roundMs = (AGGREGATE_LIMITS.commitReserveMs - ANSWER_MS) / 2;
    expect(await isGivenUp('table_writes', roundMs)).toBe(true);
  });
});
