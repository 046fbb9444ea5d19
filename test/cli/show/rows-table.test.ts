import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import { instant, seconds, short } from '#cli/show/numbers.ts';
import { rowJson } from '#cli/show/rows-json.ts';
import { aggregateTable, printable } from '#cli/show/rows-table.ts';
import type { DurationMs, EpochMs, WindowStart } from '#core/brand.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';

const plain = { colors: createColors(false) };
const metric = (name: string) => ({
  name,
  kind: 'count',
  field: undefined,
  where: undefined,
  essential: false,
});
const HOUR_MS = 3_600_000 as DurationMs;
const AGGREGATE: Aggregate = {
  name: 'views',
  groupBy: ['page', 'user'],
  window: { type: 'tumbling', sizeMs: HOUR_MS, everyMs: HOUR_MS },
  levels: [{ sizeMs: HOUR_MS, everyMs: HOUR_MS, retentionMs: null }],
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

test('windows that are final are marked, in tables and in JSON', () => {
  const rows = [13, 14, 15].map((hour) => ({
    ...row('/', 1, null),
    windowStart: Date.UTC(2026, 0, 1, hour),
    windowEnd: Date.UTC(2026, 0, 1, hour + 1),
  }));
  const states = rows.map(({ windowStart, windowEnd }, i) => ({
    windowStart: windowStart as WindowStart,
    windowEnd: windowEnd as EpochMs,
    final: i < 2,
    amended: i === 1,
  }));
  const table = aggregateTable(AGGREGATE, rows, plain, { rowsMax: 9, howToSeeAll: '' }, { windows: states });
  expect(table).toContain('views · every 1h by page, user · 3 rows · ✓ final, ✓+ with late events\n');
  expect(table.match(/2026-01-01 \d\d:00( ✓\+?)?(?= )/g)).toEqual([
    '2026-01-01 13:00 ✓',
    '2026-01-01 14:00 ✓+',
    '2026-01-01 15:00',
  ]);
  expect(rows.map((one, i) => JSON.parse(rowJson(one, states[i]))['window.amended'])).toEqual([
    false,
    true,
    undefined,
  ]);
});

test('windows in which metrics lack events are marked, final or not, with the metrics', () => {
  const rows = [13, 14, 15].map((hour) => ({
    ...row('/', 1, null),
    windowStart: Date.UTC(2026, 0, 1, hour),
    windowEnd: Date.UTC(2026, 0, 1, hour + 1),
  }));
  const states = rows.map(({ windowStart, windowEnd }, i) => ({
    windowStart: windowStart as WindowStart,
    windowEnd: windowEnd as EpochMs,
    final: i === 0,
    amended: false,
    ...(i < 2 && { partial: ['mean'] }),
  }));
  const table = aggregateTable(AGGREGATE, rows, plain, { rowsMax: 9, howToSeeAll: '' }, { windows: states });
  expect(table).toContain(' · 3 rows · ✓ final, * not all events are in mean\n');
  expect(table.match(/2026-01-01 \d\d:00( ✓)?( \*)?(?= )/g)).toEqual([
    '2026-01-01 13:00 ✓ *',
    '2026-01-01 14:00 *',
    '2026-01-01 15:00',
  ]);
});

test('values that metrics keep are made safe and cut too', () => {
  const { metrics: _, ...group } = row('/', 1, null);
  const text = aggregateTable(
    AGGREGATE,
    [{ ...group, metrics: { n: '\u001b[2J', mean: [{ value: 'x'.repeat(50), count: 1, error: 0 }] } }],
    plain,
    { rowsMax: 2, howToSeeAll: 'ask' },
  );
  expect(text).toContain('�[2J │');
  expect(text).toContain(`${'x'.repeat(39)}… │`);
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
