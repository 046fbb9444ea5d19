import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { toPackableEvent } from '#core/records/packable-event.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import type { RejectReason } from '#core/rejection.ts';
import flights from '#pipelines/flights.ts';
import { recordOf, ShardWorld } from '../../support/shard-world.ts';

/** An event as the text that somebody sends, and why it is rejected; good ones are not. */
interface Sent {
  readonly text: string;
  readonly reason?: RejectReason;
}

const flight = { date: '2001/01/31 11:05', delay: 5, distance: 100, origin: 'SFO', destination: 'LAX' };
const text = (change: object) => JSON.stringify({ ...flight, ...change });

/** Ten kinds. Those that are no JSON object can't be in columns, and those that are no JSON not in an array either. */
const NO_JSON: readonly Sent[] = [
  { text: 'SFO,LAX,5', reason: 'not_json' },
  { text: text({}).slice(0, 40), reason: 'not_json' },
];
const NO_OBJECT: readonly Sent[] = [
  { text: '42', reason: 'schema' },
  { text: 'null', reason: 'schema' },
  { text: '[1,"rubbish",{}]', reason: 'schema' },
];
const BAD_OBJECT: readonly Sent[] = [
  { text: text({ delay: 'late' }), reason: 'schema' },
  { text: text({ origin: undefined }), reason: 'schema' },
  { text: text({ date: 'yesterday' }), reason: 'event_time' },
  { text: text({ date: '2099-01-01' }), reason: 'event_time_ahead' },
];
const NOT_FINITE: Sent = { text: text({}).replace('"delay":5', '"delay":1e999'), reason: 'schema' };
const KINDS = [...NO_JSON, ...NO_OBJECT, ...BAD_OBJECT, NOT_FINITE];

function good(i: number): Sent {
  const [origin, destination] = [['SFO', 'LAX', 'JFK'][i % 3], ['ORD', 'ATL'][i % 2]];
  return { text: text({ delay: (i * 31) % 101, distance: i, origin, destination }) };
}

/** The bad ones spread among the good ones; a good one is first, so that lines are not taken for an array. */
function mixed(goods: readonly Sent[], bads: readonly Sent[]): Sent[] {
  const events = [...goods];
  for (const [i, bad] of bads.entries()) events.splice(1 + ((i * 7919) % (events.length - 1)), 0, bad);
  return events;
}

function packed(events: readonly Sent[]): Uint8Array {
  const packable = events.map(({ text: json }) => toPackableEvent(JSON.parse(json)));
  const fields = packable.filter((event) => event !== undefined);
  if (fields.length < events.length) throw new Error('an event that columns can’t carry');
  return encodePackedColumns(fields, { gzip: gzipSync, utf8: (json) => Buffer.from(json) });
}

test('1,000 good events and 50 bad ones of ten kinds, in records of several formats', async () => {
  expect(KINDS).toHaveLength(10);
  const goods = Array.from({ length: 1000 }, (_, i) => good(i));
  const inArray = [...NO_OBJECT, ...BAD_OBJECT, NOT_FINITE];
  const array = (events: readonly Sent[]) => `[${events.map((event) => event.text).join(',')}]`;
  const lines = (events: readonly Sent[], end = '\n') => events.map((event) => event.text).join(end);
  // 20 as lines, 10 as lines in gzip, 8 and 8 in arrays, 4 in columns.
  const contents: readonly (readonly [Sent[], (events: readonly Sent[]) => string | Uint8Array])[] = [
    [mixed(goods.slice(0, 200), KINDS), lines],
    [mixed(goods.slice(200, 300), KINDS), (events) => `\ufeff${lines(events, '\r\n')}\r\n`],
    [mixed(goods.slice(300, 500), KINDS), (events) => gzipSync(lines(events, '\n\n'))],
    [mixed(goods.slice(500, 700), inArray), array],
    [mixed(goods.slice(700, 800), inArray), (events) => gzipSync(array(events))],
    [mixed(goods.slice(800, 990), BAD_OBJECT), packed],
    ...goods.slice(990).map((event): [Sent[], (events: readonly Sent[]) => string] => [[event], lines]),
  ];
  const world = new ShardWorld(flights);
  const records = contents.map(([events, format], i) => recordOf(i + 1, format(events)));
  const report = await world.run(records);

  expect(report).toMatchObject({ firstUncommitted: undefined, commits: 1 });
  expect(world.head.ledger).toMatchObject({ received: 1050, aggregated: 1000, invalid: 50 });
  const expected = contents.flatMap(([events], record) =>
    events.flatMap(({ text: payload, reason }, event) =>
      reason === undefined ? [] : [{ sequence: records[record]?.sequence, event, reason, payload }],
    ),
  );
  expect(expected).toHaveLength(50);
  expect(
    world.letters.map(({ sequence, event, rejection, payload }) => ({
      sequence,
      event,
      reason: rejection.reason,
      payload,
    })),
  ).toEqual(expected);
  for (const { rejection } of world.letters) expect(rejection.detail).not.toBe('');

  const rows = await world.rows();
  const numbers = goods.map((event) => JSON.parse(event.text) as { origin: string; delay: number });
  expect(rows).toEqual(
    ['JFK', 'LAX', 'SFO'].map((origin) => {
      const delays = numbers.filter((each) => each.origin === origin).map(({ delay }) => delay);
      return {
        group: { origin },
        windowStart: Date.parse('2001-01-31T11:00Z'),
        windowEnd: Date.parse('2001-01-31T12:00Z'),
        metrics: {
          flights: delays.length,
          delay: delays.reduce((a, b) => a + b, 0) / delays.length,
          worst: Math.max(...delays),
        },
      };
    }),
  );
});
