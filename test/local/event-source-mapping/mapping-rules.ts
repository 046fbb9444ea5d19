import { describe, expect, test } from 'vitest';
import {
  fail,
  failFrom,
  type RunScenario,
  recordsArriving,
  recordsAtStart,
  respond,
  succeed,
  unreachable,
} from './scenario.ts';

/**
 * Lambda's rules for a Kinesis stream, against whatever claims to follow them. Quotations are from the AWS Lambda
 * Developer Guide and API Reference.
 */
export function mappingRules(name: string, run: RunScenario): void {
  describe(`${name}: batches`, () => {
    test('"BatchSize: the number of records to send to the function in each batch"', async () => {
      const { invocations } = await run({
        records: recordsAtStart(7),
        settings: { batchSize: 3 },
        answer: () => succeed,
      });
      expect(invocations.map(({ records }) => records)).toEqual([['1', '2', '3'], ['4', '5', '6'], ['7']]);
    });

    test('"By default, Lambda invokes your function as soon as records are available"', async () => {
      const { invocations } = await run({ records: recordsArriving(0, 2500), answer: () => succeed });
      // Polled at 0, 1000, 2000, 3000: "at a base rate of once per second".
      expect(invocations).toEqual([
        { atMs: 0, records: ['1'] },
        { atMs: 3000, records: ['2'] },
      ]);
    });

    test('"the batching window expires": what has come by then is a batch', async () => {
      const { invocations } = await run({
        records: recordsArriving(0, 900, 1800, 2700, 20_000),
        settings: { batchingWindowMs: 2500 },
        answer: () => succeed,
      });
      expect(invocations[0]).toEqual({ atMs: 2500, records: ['1', '2', '3'] });
    });

    test('"a full batch" does not wait for the batching window', async () => {
      const { invocations } = await run({
        records: recordsArriving(0, 900, 60_000),
        settings: { batchSize: 2, batchingWindowMs: 30_000 },
        answer: () => succeed,
      });
      expect(invocations[0]).toEqual({ atMs: 1000, records: ['1', '2'] });
    });

    test('"The next window begins as soon as the previous function invocation completes"', async () => {
      const { invocations } = await run({
        records: recordsArriving(0, 500, 1000, 60_000),
        settings: { batchingWindowMs: 2000, batchSize: 2 },
        answer: () => ({ ...succeed, takesMs: 5000 }),
      });
      // The third record is read while the first batch runs, until 6000; its window ends 2 s later.
      expect(invocations.slice(0, 2)).toEqual([
        { atMs: 1000, records: ['1', '2'] },
        { atMs: 8000, records: ['3'] },
      ]);
    });

    test('"the batch reaches the payload limit of 6 MB": it is cut before', async () => {
      const { invocations } = await run({
        records: recordsAtStart(5, 400),
        settings: { payloadBytesMax: 1000 },
        answer: () => succeed,
      });
      expect(invocations.map(({ records }) => records)).toEqual([['1', '2'], ['3', '4'], ['5']]);
    });

    test('the payload limit counts what the event has around its records', async () => {
      // {"Records":[]} is 14 bytes: 14 + 2 × 493 is the limit, one byte more is too much.
      const sizes = async (payloadBytes: number) => {
        const settings = { payloadBytesMax: 1000 };
        const { invocations } = await run({
          records: recordsAtStart(2, payloadBytes),
          settings,
          answer: () => succeed,
        });
        return invocations.map(({ records }) => records.length);
      };
      expect(await sizes(493)).toEqual([2]);
      expect(await sizes(494)).toEqual([1, 1]);
    });

    test('a single record always fits', async () => {
      const { invocations } = await run({
        records: recordsAtStart(2, 5000),
        settings: { payloadBytesMax: 1000 },
        answer: () => succeed,
      });
      expect(invocations.map(({ records }) => records)).toEqual([['1'], ['2']]);
    });

    test('"It processes one batch of records at a time from each shard"', async () => {
      const { invocations } = await run({
        records: recordsAtStart(6),
        settings: { batchSize: 2 },
        answer: () => ({ ...succeed, takesMs: 700 }),
      });
      expect(invocations.map(({ atMs }) => atMs)).toEqual([0, 700, 1400]);
    });

    test('it goes on behind a checkpoint', async () => {
      const { invocations } = await run({
        records: recordsAtStart(4),
        checkpoint: '2',
        answer: () => succeed,
      });
      expect(invocations.map(({ records }) => records)).toEqual([['3', '4']]);
    });
  });

  describe(`${name}: responses`, () => {
    const successes: [string, unknown][] = [
      ['"an empty batchItemFailure list"', { batchItemFailures: [] }],
      ['"a null batchItemFailure list"', { batchItemFailures: null }],
      ['"an empty EventResponse"', {}],
      ['"a null EventResponse"', null],
      ['no response at all', undefined],
      ['an object without the list', { statusCode: 500 }],
    ];
    test.each(successes)('complete success: %s', async (_what, response) => {
      const { invocations, checkpoint } = await run({
        records: recordsAtStart(3),
        answer: () => respond(response),
      });
      expect(invocations).toHaveLength(1);
      expect(checkpoint).toBe('3');
    });

    const failures: [string, unknown][] = [
      ['"an empty string itemIdentifier"', { batchItemFailures: [{ itemIdentifier: '' }] }],
      ['"a null itemIdentifier"', { batchItemFailures: [{ itemIdentifier: null }] }],
      ['"an itemIdentifier with a bad key name"', { batchItemFailures: [{ id: '2' }] }],
      ['a record that is not in the batch', { batchItemFailures: [{ itemIdentifier: '99' }] }],
      [
        'a right and a wrong identifier',
        { batchItemFailures: [{ itemIdentifier: '2' }, { itemIdentifier: 'x' }] },
      ],
      ['an identifier that is a number', { batchItemFailures: [{ itemIdentifier: 2 }] }],
      ['a list that is none', { batchItemFailures: 'all' }],
      ['an entry that is none', { batchItemFailures: ['2'] }],
      ['a response that is a text', 'ok'],
      ['a response that is a list', []],
    ];
    test.each(failures)('complete failure: %s', async (_what, response) => {
      const { invocations, counters } = await run({
        records: recordsAtStart(3),
        answer: (_records, invocation) => (invocation === 0 ? respond(response) : succeed),
      });
      expect(invocations.map(({ records }) => records)).toEqual([
        ['1', '2', '3'],
        ['1', '2', '3'],
      ]);
      expect(counters).toMatchObject({ failedInvocations: 1, failedRecords: 3, processedRecords: 3 });
    });

    test('"Lambda uses the record with the lowest sequence number as the checkpoint", and retries all from there', async () => {
      const { invocations, counters } = await run({
        records: recordsAtStart(12),
        answer: (_records, invocation) => (invocation === 0 ? failFrom('11', '9', '10') : succeed),
      });
      // As texts, 10 and 11 are less than 9.
      expect(invocations.map(({ records }) => records[0])).toEqual(['1', '9']);
      expect(invocations[1]?.records).toEqual(['9', '10', '11', '12']);
      expect(counters).toMatchObject({ partialInvocations: 1, failedInvocations: 0, processedRecords: 12 });
    });

    test('what a partial response has passed is not tried again, and the rest at once', async () => {
      const { invocations, checkpoint } = await run({
        records: recordsAtStart(4),
        answer: (records) => (records.length > 1 ? failFrom(records[1] ?? '') : succeed),
      });
      expect(invocations).toEqual([
        { atMs: 0, records: ['1', '2', '3', '4'] },
        { atMs: 0, records: ['2', '3', '4'] },
        { atMs: 0, records: ['3', '4'] },
        { atMs: 0, records: ['4'] },
      ]);
      expect(checkpoint).toBe('4');
    });

    test('a partial response that names the first record has done nothing: it waits before the retry', async () => {
      const { invocations } = await run({
        records: recordsAtStart(2),
        answer: (_records, invocation) => (invocation < 2 ? failFrom('1') : succeed),
      });
      expect(invocations.map(({ atMs }) => atMs)).toEqual([0, 100, 300]);
    });

    test('without ReportBatchItemFailures the response is not looked at', async () => {
      const { invocations } = await run({
        records: recordsAtStart(2),
        settings: { reportBatchItemFailures: false },
        answer: () => failFrom('1'),
      });
      expect(invocations).toHaveLength(1);
    });
  });

  describe(`${name}: retries`, () => {
    test('"-1: infinite retries", each wait twice as long as the one before, up to a limit', async () => {
      const { invocations } = await run({
        records: recordsAtStart(2),
        settings: { retryDelayBaseMs: 100, retryDelayMsMax: 700 },
        answer: (_records, invocation) => (invocation < 6 ? fail : succeed),
      });
      expect(invocations.map(({ atMs }) => atMs)).toEqual([0, 100, 300, 700, 1400, 2100, 2800]);
      expect(new Set(invocations.map(({ records }) => records.join()))).toEqual(new Set(['1,2']));
    });

    test('the wait begins anew with another batch', async () => {
      const { invocations } = await run({
        records: recordsAtStart(2),
        settings: { batchSize: 1 },
        answer: (_records, invocation) => (invocation % 3 < 2 ? fail : succeed),
      });
      expect(invocations.map(({ atMs }) => atMs)).toEqual([0, 100, 300, 300, 400, 600]);
    });

    test('"MaximumRetryAttempts: discard records after the specified number of retries"', async () => {
      const { invocations, discards, counters, checkpoint } = await run({
        records: recordsAtStart(4),
        settings: { batchSize: 2, retryAttempts: 2 },
        answer: ([first]) => (first === '1' ? fail : succeed),
      });
      expect(invocations.map(({ records }) => records.join())).toEqual(['1,2', '1,2', '1,2', '3,4']);
      expect(discards).toEqual([
        { condition: 'RetryAttemptsExhausted', first: '1', last: '2', size: 2, invocations: 3 },
      ]);
      expect(counters).toMatchObject({ deliveredRecords: 2, droppedRecords: 0, processedRecords: 2 });
      expect(checkpoint).toBe('4');
    });

    test('no retry means one invocation, and no wait after it', async () => {
      const { invocations } = await run({
        records: recordsAtStart(2),
        settings: { batchSize: 1, retryAttempts: 0 },
        answer: () => fail,
      });
      expect(invocations.map(({ atMs }) => atMs)).toEqual([0, 0]);
    });

    test('a partial response uses up a retry where batches are not split', async () => {
      const { discards } = await run({
        records: recordsAtStart(4),
        settings: { retryAttempts: 1 },
        answer: (records) => failFrom(records[1] ?? records[0] ?? ''),
      });
      expect(discards).toEqual([
        { condition: 'RetryAttemptsExhausted', first: '3', last: '4', size: 2, invocations: 2 },
      ]);
    });

    test('"This doesn\'t apply to service errors or throttles where the batch didn\'t reach the function"', async () => {
      const { invocations, discards, counters } = await run({
        records: recordsAtStart(1),
        settings: { retryAttempts: 0 },
        answer: (_records, invocation) => (invocation < 3 ? unreachable : succeed),
      });
      expect(invocations.map(({ atMs }) => atMs)).toEqual([0, 100, 300, 700]);
      expect(discards).toEqual([]);
      expect(counters).toMatchObject({ invocations: 1, invokedRecords: 1, processedRecords: 1 });
    });
  });

  describe(`${name}: BisectBatchOnFunctionError`, () => {
    const bisect = { bisectBatchOnError: true };

    test('"If the function returns an error, split the batch in two and retry"', async () => {
      const { invocations } = await run({
        records: recordsAtStart(8),
        settings: bisect,
        answer: (_records, invocation) => (invocation === 0 ? fail : succeed),
      });
      expect(invocations.map(({ records }) => records.join())).toEqual([
        '1,2,3,4,5,6,7,8',
        '1,2,3,4',
        '5,6,7,8',
      ]);
    });

    test('a record that crashes the function is narrowed down to a batch of one', async () => {
      const { invocations, discards, counters } = await run({
        records: recordsAtStart(8),
        settings: { ...bisect, retryAttempts: 0 },
        answer: (records) => (records.includes('6') ? fail : succeed),
      });
      expect(invocations.map(({ records }) => records.join())).toEqual([
        '1,2,3,4,5,6,7,8',
        '1,2,3,4',
        '5,6,7,8',
        '5,6',
        '5',
        '6',
        '7,8',
      ]);
      expect(discards).toMatchObject([{ first: '6', last: '6', size: 1 }]);
      expect(counters.processedRecords).toBe(7);
    });

    test('"Splitting a batch does not count towards the retry quota"', async () => {
      const { invocations } = await run({
        records: recordsAtStart(4),
        settings: { ...bisect, retryAttempts: 2 },
        answer: (records) => (records.includes('1') ? fail : succeed),
      });
      // Two splits, and then the whole quota: one try and two retries.
      expect(invocations.map(({ records }) => records.join())).toEqual([
        '1,2,3,4',
        '1,2',
        '1',
        '1',
        '1',
        '2',
        '3,4',
      ]);
    });

    test('"the batch is bisected at the returned sequence number, and Lambda retries only the remaining records"', async () => {
      const { invocations } = await run({
        records: recordsAtStart(8),
        settings: bisect,
        answer: (_records, invocation) => (invocation === 0 ? failFrom('3') : succeed),
      });
      expect(invocations.map(({ records }) => records.join())).toEqual(['1,2,3,4,5,6,7,8', '3,4,5,6,7,8']);
    });

    test('a split at the returned record uses up no retry', async () => {
      const { invocations, discards } = await run({
        records: recordsAtStart(4),
        settings: { ...bisect, retryAttempts: 0 },
        answer: (records) => (records[1] === undefined ? succeed : failFrom(records[1])),
      });
      expect(invocations).toHaveLength(4);
      expect(discards).toEqual([]);
    });

    test('a partial response that names the first record splits nothing, and is a retry', async () => {
      const { invocations, discards } = await run({
        records: recordsAtStart(4),
        settings: { ...bisect, retryAttempts: 1 },
        answer: () => failFrom('1'),
      });
      expect(invocations.map(({ records }) => records.join())).toEqual(['1,2,3,4', '1,2,3,4']);
      expect(discards).toMatchObject([{ first: '1', last: '4' }]);
    });

    test('a response that can\'t be understood is split too: "the batch is bisected regardless of your ReportBatchItemFailures setting"', async () => {
      const { invocations } = await run({
        records: recordsAtStart(2),
        settings: bisect,
        answer: (_records, invocation) => (invocation === 0 ? failFrom('') : succeed),
      });
      expect(invocations.map(({ records }) => records.join())).toEqual(['1,2', '1', '2']);
    });

    test('an odd batch is split near its middle', async () => {
      const { invocations } = await run({
        records: recordsAtStart(5),
        settings: bisect,
        answer: (records) => (records.length === 5 ? fail : succeed),
      });
      expect(invocations.map(({ records }) => records.length)).toEqual([5, 3, 2]);
    });
  });

  describe(`${name}: MaximumRecordAgeInSeconds`, () => {
    const settings = { recordAgeMsMax: 60_000 };

    test('"discard records older than the specified age", before they are given to the function', async () => {
      const { invocations, discards, counters } = await run({
        records: recordsArriving(-70_000, -60_001, -60_000, -10),
        settings,
        answer: () => succeed,
      });
      expect(discards).toEqual([
        { condition: 'RecordAgeExceeded', first: '1', last: '2', size: 2, invocations: 0 },
      ]);
      expect(invocations.map(({ records }) => records.join())).toEqual(['3,4']);
      expect(counters).toMatchObject({ deliveredRecords: 2, processedRecords: 2 });
    });

    test('"Lambda retries until the records in the batch expire"', async () => {
      const { discards, invocations, checkpoint } = await run({
        records: recordsArriving(0, 0, 30_000),
        settings: { ...settings, retryDelayMsMax: 5000 },
        answer: ([first]) => (first === '1' ? fail : succeed),
      });
      expect(discards).toMatchObject([{ condition: 'RecordAgeExceeded', first: '1', last: '2', size: 2 }]);
      expect(invocations.at(-1)?.records).toEqual(['3']);
      expect(checkpoint).toBe('3');
    });

    test('"-1: Lambda never discards old records"', async () => {
      const yearMs = 365 * 24 * 3600 * 1000;
      const { discards, invocations } = await run({
        records: recordsArriving(-yearMs),
        answer: () => succeed,
      });
      expect(discards).toEqual([]);
      expect(invocations).toHaveLength(1);
    });
  });

  describe(`${name}: on-failure destination`, () => {
    const discardAll = { records: recordsAtStart(3), settings: { retryAttempts: 0 }, answer: () => fail };

    test('what is given up without a destination is counted as dropped', async () => {
      const { counters, discards, checkpoint } = await run({ ...discardAll, destination: 'none' });
      expect(discards).toEqual([]);
      expect(counters).toMatchObject({
        droppedRecords: 3,
        deliveredRecords: 0,
        destinationDeliveryFailures: 0,
      });
      expect(checkpoint).toBe('3');
    });

    test("a destination that can't be told is counted, and holds nothing up", async () => {
      const { counters, checkpoint } = await run({ ...discardAll, destination: 'fails' });
      expect(counters).toMatchObject({
        droppedRecords: 3,
        deliveredRecords: 0,
        destinationDeliveryFailures: 1,
      });
      expect(checkpoint).toBe('3');
    });
  });

  test(`${name}: counters add up`, async () => {
    const { counters, invocations } = await run({
      records: recordsAtStart(20),
      settings: { batchSize: 5, retryAttempts: 1, bisectBatchOnError: true },
      answer: (records) =>
        records.includes('7')
          ? fail
          : records.includes('13') && records.length > 1
            ? failFrom('13')
            : succeed,
    });
    const { polledRecords, processedRecords, deliveredRecords, invokedRecords, failedRecords } = counters;
    expect(polledRecords).toBe(20);
    expect(processedRecords + deliveredRecords).toBe(polledRecords);
    expect(invokedRecords).toBe(invocations.reduce((sum, { records }) => sum + records.length, 0));
    expect(invokedRecords - failedRecords).toBe(processedRecords);
  });
}
