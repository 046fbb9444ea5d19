import { expect, test } from 'vitest';
import { count, definePipeline, hopping } from 'weir';
import { sha256 } from '#adapters/sha256.ts';
import type { AnswerAggregate } from '#app/query-api/deps.ts';
import { answerQuery } from '#app/query-api/query-api.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import { allWell, HOUR, requestOf, type ShownAnswer, START, pipeline as shop } from './shop.ts';

const pipeline = definePipeline({
  name: 'hops',
  schema: shop.schema,
  eventTime: () => 0,
  aggregates: {
    lately: { groupBy: [], window: hopping('3h', { every: '1h' }), metrics: { sales: count() } },
  },
});

/** The hours of the events, and up to which hour windows are closed. */
async function get(target: string, events: readonly number[], closedHour = 0) {
  const answer: AnswerAggregate = async (_aggregate, levelMs, { from = 0, to = 0 }) => {
    expect(levelMs).toBe(3 * HOUR);
    const starts = [...new Set(events.flatMap((hour) => [hour - 2, hour - 1, hour]))].sort((a, b) => a - b);
    const windows = starts
      .map((hour) => START + hour * HOUR)
      .filter((start) => start >= from && start < to)
      .map((start) => ({
        windowStart: start as WindowStart,
        windowEnd: (start + 3 * HOUR) as EpochMs,
        final: start + 3 * HOUR <= START + closedHour * HOUR,
        amended: false,
      }));
    const rows = windows.map(({ windowEnd, windowStart }) => ({
      ...{ group: {}, windowStart, windowEnd },
      metrics: {
        sales: events.filter((hour) => Math.abs(START + (hour - 1) * HOUR - windowStart) <= HOUR).length,
      },
    }));
    const newestEvent = (START + Math.max(...events) * HOUR + 1) as EpochMs;
    return { rows, windows, newestEvent, watermark: (START + closedHour * HOUR) as EpochMs };
  };
  const together = () => Promise.reject(new Error('nobody asks'));
  const rest = { now: () => 0, hash: sha256, health: allWell, onUnavailable: () => {} };
  const deps = { pipeline, answer, together, ...rest };
  const response = await answerQuery(deps, requestOf(target), { deadline: 1, basePath: '' });
  return { ...response, answer: JSON.parse(String(response.body)) as ShownAnswer };
}

const hourOf = (time: unknown) => (Date.parse(String(time)) - START) / HOUR;
const rowsOf = ({ rows }: ShownAnswer) =>
  rows.map((row) => [hourOf(row['windowStart']), hourOf(row['windowEnd']), row['sales']]);

test('windows that overlap are given from each start to the next', async () => {
  const events = [10, 11, 11];
  const range = `from=${START + 8 * HOUR}&to=${START + 12 * HOUR}`;
  const { answer } = await get(`/aggregates/lately/series?${range}`, events);
  expect(rowsOf(answer)).toEqual([
    [8, 11, 1],
    [9, 12, 3],
    [10, 13, 3],
    [11, 14, 2],
  ]);
  const byDefault = await get('/aggregates/lately/series', events);
  expect([hourOf(byDefault.answer.from), hourOf(byDefault.answer.to)]).toEqual([-12, 12]);
  const latest = await get('/aggregates/lately/latest', events);
  expect(rowsOf(latest.answer)).toEqual([[11, 14, 2]]);
  const top = await get(`/aggregates/lately/top?by=sales&window=${START + 9.5 * HOUR}`, events);
  expect(rowsOf(top.answer)).toEqual([[9, 12, 3]]);
  const together = await get(`/aggregates/lately/top?by=sales&${range}`, events);
  expect([together.status, String(together.body)]).toEqual([
    400,
    expect.stringContaining('windows that overlap'),
  ]);
});

test('their range is counted by their starts, and closed when the last of them is', async () => {
  const range = (hours: number) => `/aggregates/lately/series?from=${START}&to=${START + hours * HOUR}`;
  expect((await get(range(1500), [1])).status).toBe(200);
  expect((await get(range(1501), [1])).status).toBe(400);
  // The last window of the range begins at 3 and ends at 6.
  expect((await get(range(4), [1], 5)).headers['cache-control']).toBe('private, max-age=1');
  expect((await get(range(4), [1], 6)).headers['cache-control']).toBe('private, max-age=60');
});

test('the panes that they are made of are no level to ask for', async () => {
  const { body, status } = await get('/aggregates/lately/series?level=1h', [1]);
  expect([status, body]).toEqual([400, expect.stringContaining('lately has windows of 3h.')]);
  expect((await get('/aggregates/lately/series?level=3h', [1])).status).toBe(200);
  const { body: listed } = await get('/aggregates', [1]);
  expect(listed).toContain('"window":{"type":"hopping","size":"3h","every":"1h"},"levels":["3h"]');
});
