import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, definePipeline, tumbling } from 'weir';
import * as z from 'zod';
import { checkEvent, isRejection } from '#core/batch/check-event.ts';
import type { EpochMs } from '#core/brand.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { Rejection } from '#core/rejection.ts';

const ARRIVAL = Date.parse('2001-01-31T12:00:00Z') as EpochMs;
const aggregates = { all: { groupBy: [], window: tumbling('1h'), metrics: { events: count() } } };

const pipeline = definePipeline({
  name: 'flights',
  schema: z.object({ date: z.string(), delay: z.number() }),
  eventTime: ({ date }) => date,
  maxAhead: '30m',
  aggregates,
});

/** A pipeline whose schema is the function alone. */
function withValidate(
  validate: (value: unknown) => unknown,
  eventTime: (event: never) => unknown = () => 0,
): Pipeline {
  const schema = { '~standard': { version: 1, vendor: 'test', validate } };
  return definePipeline({ name: 'own', schema, eventTime, aggregates } as never);
}

function rejectionOf(outcome: object): Rejection {
  if (!isRejection(outcome)) throw new Error('expected a rejection');
  return outcome;
}

describe('an event', () => {
  test('that the schema lets through is what the schema made of it, at its time', () => {
    expect(checkEvent(pipeline, { date: '2001-01-31 11:59', delay: 5, more: 1 }, ARRIVAL)).toEqual({
      event: { date: '2001-01-31 11:59', delay: 5 },
      time: ARRIVAL - 60_000,
    });
  });

  test('may have its arrival as its time', () => {
    const byArrival = withValidate(
      (value) => ({ value }),
      (...args: unknown[]) => args[1],
    );
    expect(checkEvent(byArrival, {}, ARRIVAL)).toEqual({ event: {}, time: ARRIVAL });
  });

  test('may be ahead of its arrival by maxAhead, and by no millisecond more', () => {
    const at = (time: number) =>
      checkEvent(pipeline, { date: new Date(time).toISOString(), delay: 5 }, ARRIVAL);
    expect(at(ARRIVAL + 1_800_000)).toMatchObject({ time: ARRIVAL + 1_800_000 });
    expect(at(ARRIVAL + 1_800_001)).toEqual({
      reason: 'event_time_ahead',
      detail: "the event time is more than 30m (maxAhead) after the event's arrival",
    });
    expect(at(Date.parse('2099-01-01'))).toMatchObject({ reason: 'event_time_ahead' });
    expect(at(Date.parse('0001-01-01'))).toMatchObject({ time: -62_135_596_800_000 });
  });

  test('that the schema refuses is told where and why, three complaints at most', () => {
    expect(checkEvent(pipeline, { date: 5 }, ARRIVAL)).toEqual({
      reason: 'schema',
      detail: expect.stringMatching(/^date: .+; delay: .+$/),
    });
    const issues = Array.from({ length: 5 }, (_, i) => ({
      message: `bad ${i}`,
      path: ['a', { key: i }, Symbol('s')],
    }));
    expect(
      rejectionOf(
        checkEvent(
          withValidate(() => ({ issues })),
          {},
          ARRIVAL,
        ),
      ).detail,
    ).toBe('a.0.Symbol(s): bad 0; a.1.Symbol(s): bad 1; a.2.Symbol(s): bad 2; and 2 more');
    const long = withValidate(() => ({ issues: [{ message: 'x'.repeat(5000) }] }));
    expect(rejectionOf(checkEvent(long, {}, ARRIVAL)).detail.length).toBeLessThanOrEqual(1000);
  });

  test('that the schema refuses is told no place where there is none, and no number of complaints where all are told', () => {
    const detailOf = (issues: object[]) =>
      rejectionOf(
        checkEvent(
          withValidate(() => ({ issues })),
          {},
          ARRIVAL,
        ),
      ).detail;
    expect(detailOf([{ message: 'bad' }])).toBe('bad');
    expect(
      detailOf([
        { message: 'bad', path: [] },
        { message: 'worse', path: ['a'] },
      ]),
    ).toBe('bad; a: worse');
    const bad = { message: 'bad' };
    expect(detailOf([bad, bad, bad])).toBe('bad; bad; bad');
    expect(detailOf([bad, bad, bad, bad])).toBe('bad; bad; bad; and 1 more');
  });

  test.each([[5], ['text'], [null], [true], [[]], [undefined]])('that is %j is refused', (value) => {
    expect(checkEvent(pipeline, value, ARRIVAL)).toMatchObject({ reason: 'schema' });
  });

  test('whose time is missing or rubbish is refused, without a word of its data', () => {
    for (const date of ['yesterday', '', '2001-02-30', '+275760-09-13T00:00:00.000Z']) {
      const { reason, detail } = rejectionOf(checkEvent(pipeline, { date, delay: 5 }, ARRIVAL));
      expect(reason).toBe('event_time');
      if (date !== '') expect(detail).not.toContain(date);
    }
    for (const time of [undefined, null, Number.NaN, 8.64e15, new Date(Number.NaN), {}]) {
      const own = withValidate(
        (value) => ({ value }),
        () => time,
      );
      expect(checkEvent(own, {}, ARRIVAL)).toMatchObject({ reason: 'event_time' });
    }
  });
});

describe('code of the definition', () => {
  test('that throws sets the event aside, and its error stays out of the reason', () => {
    const thrower = (error: unknown) => () => {
      throw error;
    };
    const secret = new RangeError('secret');
    expect(checkEvent(withValidate(thrower(secret)), {}, ARRIVAL)).toEqual({
      reason: 'user_code',
      detail: "the schema of the pipeline's definition threw RangeError; make it total",
    });
    expect(
      checkEvent(
        withValidate((value) => ({ value }), thrower('secret')),
        {},
        ARRIVAL,
      ),
    ).toEqual({
      reason: 'user_code',
      detail: "eventTime of the pipeline's definition threw string; make it total",
    });
    // Looks like a date, and is none.
    const own = withValidate(
      (value) => ({ value }),
      () => Object.create(Date.prototype),
    );
    expect(checkEvent(own, {}, ARRIVAL)).toMatchObject({ reason: 'user_code' });
  });

  test('that is asynchronous is a mistake of the definition, and no fault of the events', () => {
    // oxlint-disable-next-line unicorn/no-thenable -- a promise of somebody else's
    const thenable = { then: () => {} };
    for (const validate of [async () => ({ value: {} }), () => thenable]) {
      expect(() => checkEvent(withValidate(validate), {}, ARRIVAL)).toThrow(
        /the schema of pipeline 'own' is asynchronous; use checks that need no promise/,
      );
    }
  });

  test('that makes something else of an event than an object is told so', () => {
    for (const value of [5, null, undefined, 'x']) {
      expect(
        checkEvent(
          withValidate(() => ({ value })),
          {},
          ARRIVAL,
        ),
      ).toEqual({
        reason: 'schema',
        detail: expect.stringMatching(/lets through what is no object; declare one/),
      });
    }
  });
});

test('any JSON value is either refused or an event with a time', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.jsonValue(), fc.record({ date: fc.jsonValue(), delay: fc.jsonValue() })),
      (value) => {
        const outcome = checkEvent(pipeline, value, ARRIVAL);
        if (isRejection(outcome)) expect(outcome.detail).not.toBe('');
        else expect(outcome.time).toBeLessThanOrEqual(ARRIVAL + 1_800_000);
      },
    ),
  );
});
