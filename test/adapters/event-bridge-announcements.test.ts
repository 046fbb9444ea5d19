import type { PutEventsCommand, PutEventsRequestEntry, PutEventsResponse } from '@aws-sdk/client-eventbridge';
import { expect, test } from 'vitest';
import { EventBridgeAnnouncements } from '#adapters/event-bridge-announcements.ts';
import type { ClosedWindow } from '#app/ports/announcements.ts';

const HOUR = 3_600_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');

const closed = (at: number): ClosedWindow => ({
  aggregate: 'delays_by_origin',
  levelMs: HOUR,
  windowStart: NOON + at * HOUR,
  windowEnd: NOON + (at + 1) * HOUR,
  groups: 3,
  totals: { flights: at, delay: 1.5, worst: null },
});

/** A bus that keeps what it takes; `refuse` says which entries it does not take, of the nth call. */
function bus(refuse: (call: number, entry: PutEventsRequestEntry) => boolean = () => false) {
  const calls: PutEventsRequestEntry[][] = [];
  const taken: PutEventsRequestEntry[] = [];
  const send = async ({ input }: PutEventsCommand): Promise<PutEventsResponse> => {
    const entries = [...(input.Entries ?? [])];
    const call = calls.push(entries) - 1;
    const Entries = entries.map((entry, i) => {
      if (refuse(call, entry)) return { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' };
      taken.push(entry);
      return { EventId: `${call}-${i}` };
    });
    return { Entries, FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length };
  };
  let clients = 0;
  const announcements = new EventBridgeAnnouncements('the-bus', 'flights', async () => {
    clients += 1;
    return { send: send as never };
  });
  return { calls, taken, announcements, clients: () => clients };
}

const flights = ({ Detail = '' }: PutEventsRequestEntry) =>
  (JSON.parse(Detail) as { totals: { flights: number } }).totals.flights;

test('a closed window is one event, which says whose it is, which one, and what was in it', async () => {
  const { announcements, taken } = bus();
  await announcements.announce([closed(0)]);
  expect(taken.map(({ Detail = '', ...entry }) => ({ ...entry, detail: JSON.parse(Detail) }))).toEqual([
    {
      EventBusName: 'the-bus',
      Source: 'weir',
      DetailType: 'window.closed',
      detail: {
        pipeline: 'flights',
        aggregate: 'delays_by_origin',
        levelMs: HOUR,
        windowStart: '2026-03-01T12:00:00.000Z',
        windowEnd: '2026-03-01T13:00:00.000Z',
        groups: 3,
        totals: { flights: 0, delay: 1.5, worst: null },
      },
    },
  ]);
});

test('ten go with one call, in their order', async () => {
  const { announcements, calls, taken } = bus();
  await announcements.announce(Array.from({ length: 23 }, (_, at) => closed(at)));
  expect(calls.map((entries) => entries.length)).toEqual([10, 10, 3]);
  expect(taken.map(flights)).toEqual(Array.from({ length: 23 }, (_, at) => at));
});

test('what one call left is put again, and nothing else', async () => {
  const { announcements, calls, taken } = bus((call, entry) => call === 0 && flights(entry) % 3 === 0);
  await announcements.announce(Array.from({ length: 7 }, (_, at) => closed(at)));
  expect(calls.map((entries) => entries.map(flights))).toEqual([
    [0, 1, 2, 3, 4, 5, 6],
    [0, 3, 6],
  ]);
  expect(taken).toHaveLength(7);
});

test('what is never taken is an error, which says how many: the next run announces them', async () => {
  const { announcements, calls } = bus((_, entry) => flights(entry) === 2);
  await expect(announcements.announce([closed(1), closed(2)])).rejects.toMatchObject({
    name: 'DependencyError',
    dependency: 'announcements',
    failure: 'throttled',
    message: 'announcements throttled: PutEvents took 1 of 2 entries',
  });
  expect(calls.map((entries) => entries.length)).toEqual([2, 1, 1]);
});

test('a bus that there is not is an error of the announcements', async () => {
  const missing = {
    name: 'ResourceNotFoundException',
    message: 'no bus',
    $metadata: { httpStatusCode: 400 },
  };
  const announcements = new EventBridgeAnnouncements('no-bus', 'flights', async () => ({
    send: (() => Promise.reject(Object.assign(new Error('no bus'), missing))) as never,
  }));
  await expect(announcements.announce([closed(0)])).rejects.toMatchObject({
    name: 'DependencyError',
    dependency: 'announcements',
    failure: 'refused',
    message: expect.stringMatching(/PutEvents: ResourceNotFoundException/),
  });
});

test('without a closed window, there is no client and no call', async () => {
  const { announcements, calls, clients } = bus();
  await announcements.announce([]);
  expect([calls.length, clients()]).toEqual([0, 0]);
});
