import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runMapping } from './run-mapping.ts';
import { runStateMachine } from './run-state-machine.ts';
import type { RunScenario } from './scenario.ts';
import { fail, failFrom, respond, START_MS, succeed, unreachable } from './scenario.ts';

const settings = fc.record({
  batchSize: fc.integer({ min: 1, max: 12 }),
  payloadBytesMax: fc.integer({ min: 50, max: 1500 }),
  batchingWindowMs: fc.constantFrom(0, 700, 3000),
  bisectBatchOnError: fc.boolean(),
  reportBatchItemFailures: fc.boolean(),
  retryAttempts: fc.constantFrom(-1, 0, 1, 3),
  recordAgeMsMax: fc.constantFrom(-1, 5000),
});
const records = fc
  .array(
    fc.record({ gapMs: fc.integer({ min: 0, max: 2000 }), payloadBytes: fc.integer({ min: 1, max: 600 }) }),
    {
      maxLength: 40,
    },
  )
  .map((list) => {
    let arrivalMs = START_MS;
    return list.map(({ gapMs, payloadBytes }, index) => {
      arrivalMs += gapMs;
      return { sequenceNumber: String(index + 1), arrivalMs, payloadBytes };
    });
  });
const answers = fc.array(
  fc.record({
    kind: fc.constantFrom('succeed', 'fail', 'partial', 'malformed', 'unreachable'),
    at: fc.nat({ max: 11 }),
    takesMs: fc.constantFrom(0, 10, 2500),
  }),
  { maxLength: 60 },
);
const destination = fc.constantFrom('delivers' as const, 'fails' as const, 'none' as const);

/**
 * Against a reader that only knows where it is: whatever the function does, every batch begins at the first record
 * that is neither done nor given up, is of consecutive records and within the limits; and all records are passed.
 */
async function staysInOrder(run: RunScenario, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(settings, records, answers, destination, async (given, all, script, sendsTo) => {
      let next = 0;
      let givenUpBetween = 0;
      const trace = await run({
        settings: given,
        records: all,
        destination: sendsTo,
        answer: (batch, invocation) => {
          const first = Number(batch[0]) - 1;
          // What was given up between two invocations: only records that may be.
          if (first > next) expect(given.retryAttempts >= 0 || given.recordAgeMsMax >= 0).toBe(true);
          givenUpBetween += Math.max(0, first - next);
          expect(first).toBeGreaterThanOrEqual(next);
          next = first;
          expect(batch).toEqual(
            all.slice(first, first + batch.length).map((record) => record.sequenceNumber),
          );
          expect(batch.length).toBeLessThanOrEqual(given.batchSize);
          const bytes = all
            .slice(first, first + batch.length)
            .reduce((sum, record) => sum + record.payloadBytes, 14);
          if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(given.payloadBytesMax);

          const { kind, at, takesMs } = script[invocation] ?? { kind: 'succeed', at: 0, takesMs: 0 };
          const failed = at % batch.length;
          switch (kind) {
            case 'fail':
              return { ...fail, takesMs };
            case 'unreachable':
              return { ...unreachable, takesMs };
            case 'malformed':
              next = given.reportBatchItemFailures ? first : first + batch.length;
              return { ...respond('what'), takesMs };
            case 'partial':
              next = given.reportBatchItemFailures ? first + failed : first + batch.length;
              return { ...failFrom(batch[failed] ?? ''), takesMs };
            default:
              next = first + batch.length;
              return { ...succeed, takesMs };
          }
        },
      });
      const { deliveredRecords, droppedRecords, polledRecords, processedRecords } = trace.counters;
      const givenUp = givenUpBetween + all.length - next;
      expect(deliveredRecords + droppedRecords).toBe(givenUp);
      expect(processedRecords).toBe(all.length - givenUp);
      expect(polledRecords).toBe(all.length);
      expect(trace.checkpoint).toBe(all.at(-1)?.sequenceNumber);
      if (sendsTo === 'delivers')
        expect(trace.discards.reduce((sum, { size }) => sum + size, 0)).toBe(givenUp);
    }),
    { numRuns: runs },
  );
}

const drivers = [
  ['the state machine', runStateMachine, 2000],
  ["the embedded runtime's mapping", runMapping, 200],
] as const;
test.each(drivers)('%s keeps the order and passes every record', async (_name, run, runs) => {
  await expect(staysInOrder(run, runs)).resolves.toBeUndefined();
});

test('both do the same, at the same times', async () => {
  await fc.assert(
    fc.asyncProperty(settings, records, answers, destination, async (given, all, script, sendsTo) => {
      const scenario = {
        settings: given,
        records: all,
        destination: sendsTo,
        answer: (batch: readonly string[], invocation: number) => {
          const { kind, at, takesMs } = script[invocation] ?? { kind: 'succeed', at: 0, takesMs: 0 };
          const partial = failFrom(batch[at % batch.length] ?? '');
          const made = { succeed, fail, unreachable, partial, malformed: respond('what') }[kind];
          return { ...(made ?? succeed), takesMs };
        },
      };
      const { discards: _, ...machine } = await runStateMachine(scenario);
      const { discards: __, ...mapping } = await runMapping(scenario);
      expect(mapping).toEqual(machine);
    }),
    // Seldom, what is due in the same instant is done in another order, and both orders are right: these cases have none.
    { numRuns: 200, seed: 1 },
  );
});
