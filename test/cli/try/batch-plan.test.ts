import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BATCH_EVENTS_MAX, batchEventsOf, planBatches } from '#cli/try/batch-plan.ts';

test.each([
  [1, 1, 1],
  [1000, 1000, 1],
  [2500, 2500, 1],
  [10_000, 2500, 4],
  [5001, 1667, 3],
  [1_000_000, 2500, 400],
])('%d events a batch are records of %d, %d of them', (events, eventsPerRecord, recordsPerBatch) => {
  expect(planBatches(events)).toEqual({ eventsPerRecord, recordsPerBatch });
});

test('a batch carries what was asked for, or a little less where that is a prime', () => {
  expect(batchEventsOf(planBatches(10_007))).toBe(10_005);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: BATCH_EVENTS_MAX }), (events) => {
      const plan = planBatches(events);
      expect(plan.eventsPerRecord).toBeGreaterThanOrEqual(1);
      expect(plan.eventsPerRecord).toBeLessThanOrEqual(2500);
      expect(plan.recordsPerBatch).toBeLessThanOrEqual(10_000);
      expect(batchEventsOf(plan)).toBeLessThanOrEqual(events);
      expect(batchEventsOf(plan)).toBeGreaterThan(events - plan.recordsPerBatch);
    }),
  );
});
