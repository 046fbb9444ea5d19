import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import { instant, seconds, short } from '#cli/show/numbers.ts';
import { rowJson } from '#cli/show/rows-json.ts';
import { aggregateTable, printable } from '#cli/show/rows-table.ts';
import type { DurationMs } from '#core/brand.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';

const plain = { colors: createColors(false) };
const metric = (name: string) => ({ name, kind: 'count', field: undefined, where: undefined });
const AGGREGATE: Aggregate = {
  name: 'views',
  groupBy: ['page', 'user'],
  window: { type: 'tumbling', sizeMs: 3_600_000 as DurationMs },
  metrics: [metric('n'), metric('mean')],
  groupsMax: 10,
  generation: 'g',
};
const row = (page: AggregateRow['group'][string], n: number, mean: number | null): AggregateRow => ({
  group: { page, user: true },
  windowStart: Date.UTC(2026, 0, 1, 13),
  windowEnd: Date.UTC(2026, 0, 1, 14),
  metrics: { n, mean },
});

test('a table has the window, the group and the metrics, and says what it leaves out', () => {
  const rows = [row('/', 1234567, 0.12345), row(null, 1, null), row('x', 2, 3)];
  const text = aggregateTable(AGGREGATE, rows, plain, { rowsMax: 2, howToSeeAll: 'ask' });
  expect(text.split('\n')).toEqual([
    'views · every 1h by page, user · 3 rows',
    '┌──────────────────┬──────┬──────┬───────────┬──────┐',
    '│ window           │ page │ user │         n │ mean │',
    '│ 2026-01-01 13:00 │ /    │ true │ 1,234,567 │ 0.12 │',
    '│ 2026-01-01 13:00 │ null │ true │         1 │    – │',
    '└──────────────────┴──────┴──────┴───────────┴──────┘',
    '… and 1 row more: ask',
    '',
  ]);
  expect(aggregateTable(AGGREGATE, [], plain, { rowsMax: 2, howToSeeAll: 'ask' })).toBe(
    'views · every 1h by page, user · 0 rows\n',
  );
});

test('what events hold can not drive the terminal', () => {
  expect(printable('\u001b[2Jx\u0007\u202e\n')).toBe('�[2Jx���');
  expect(printable('x'.repeat(100))).toBe(`${'x'.repeat(39)}…`);
});

test('a row as JSON has its times in ISO 8601, and the metrics beside them', () => {
  expect(JSON.parse(rowJson(row('/', 1, null)))).toEqual({
    group: { page: '/', user: true },
    windowStart: '2026-01-01T13:00:00.000Z',
    windowEnd: '2026-01-01T14:00:00.000Z',
    n: 1,
    mean: null,
  });
});

test('times and numbers are as short as they can be', () => {
  expect(instant(Date.UTC(2001, 0, 2))).toBe('2001-01-02');
  expect(instant(Date.UTC(2001, 0, 2, 3, 4))).toBe('2001-01-02 03:04');
  expect(instant(Date.UTC(2001, 0, 2, 3, 4, 5))).toBe('2001-01-02 03:04:05');
  expect(short(1234.5678)).toBe('1,234.57');
  expect([seconds(12), seconds(1234), seconds(123_400)]).toEqual(['12 ms', '1.2 s', '2 min 3 s']);
});
