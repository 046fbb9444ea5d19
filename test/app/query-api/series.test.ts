import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QUERY_LIMITS } from '#contracts/query-api.ts';
import { someCells } from './cells.ts';
import { type Cell, HOUR, inOrder, ShopApi, type ShownAnswer, START, shownOf } from './shop.ts';

const iso = (hour: number) => new Date(START + hour * HOUR).toISOString();
const ALL = `from=${iso(0)}&to=${iso(41)}`;
const SERIES = '/aggregates/by_shop/series';

/** All rows of a target, page by page. */
async function allRows(api: ShopApi, target: string, onPage: (page: ShownAnswer) => void = () => {}) {
  const rows: unknown[] = [];
  let cursor = '';
  for (let pages = 0; pages < 200; pages++) {
    const page = await api.json<ShownAnswer>(`${target}${cursor}`);
    onPage(page);
    rows.push(...page.rows);
    if (page.next === null) return rows;
    cursor = `&cursor=${page.next}`;
  }
  throw new Error('no end of pages');
}

describe('a series', () => {
  test('is all rows of the range, once and in order, whatever the size of pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        someCells,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 41 }),
        fc.integer({ min: 1, max: 20 }),
        async (cells, limit, from, hours) => {
          const api = new ShopApi(cells);
          const target = `${SERIES}?from=${iso(from)}&to=${iso(from + hours)}&limit=${limit}`;
          const rows = await allRows(api, target, (page) =>
            expect(page.rows.length).toBeLessThanOrEqual(limit),
          );
          const wanted = cells.filter(({ hour }) => hour >= from && hour < from + hours);
          expect(rows).toEqual(inOrder(wanted).map(shownOf));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('is of the groups asked for, alternatives of a field included', async () => {
    await fc.assert(
      fc.asyncProperty(
        someCells,
        fc.subarray(['a', 'b', '1', '', 'null', 'true', 'ü€'], { minLength: 1 }),
        async (cells, shops) => {
          const query = shops.map((shop) => `group.shop=${encodeURIComponent(shop)}`).join('&');
          const rows = await allRows(new ShopApi(cells), `${SERIES}?${ALL}&${query}&limit=3`);
          const wanted = cells.filter(({ shop }) => shops.includes(String(shop)));
          expect(rows).toEqual(inOrder(wanted).map(shownOf));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('goes on from a cursor when time ran out, even where nothing was found so far', async () => {
    await fc.assert(
      fc.asyncProperty(someCells, async (cells) => {
        const api = new ShopApi(cells);
        api.deadline = api.now;
        // One part, however little is in it.
        await api.json(`${SERIES}?${ALL}&group.shop=a`);
        expect(api.reads).toHaveLength(1);
        expect(await allRows(api, `${SERIES}?${ALL}&group.shop=a`)).toEqual(
          inOrder(cells.filter(({ shop }) => shop === 'a')).map(shownOf),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('loses neither of two groups that look alike: one of that name, and the one beyond the cap', async () => {
    const cell = (hour: number, shop: string, sales: number): Cell => ({
      hour,
      shop,
      sales,
      euros: 0,
      dearest: null,
    });
    const api = new ShopApi([
      cell(0, 'a', 1),
      cell(0, '__other__', 2),
      cell(0, '__other__', 3),
      cell(1, 'a', 4),
    ]);
    for (const limit of [1, 2, 3, 4]) {
      const rows = await allRows(api, `${SERIES}?${ALL}&limit=${limit}`);
      expect(rows.map((row) => (row as { sales: number }).sales)).toEqual([2, 3, 1, 4]);
    }
  });

  test('reads no more windows than a page needs, and more at a time where they hold little', async () => {
    const cells = Array.from({ length: 1400 }, (_, hour) => ({
      hour,
      shop: 'a',
      sales: 1,
      euros: 1,
      dearest: 1,
    }));
    const api = new ShopApi(cells);
    const first = await api.json<ShownAnswer>(`${SERIES}?from=${iso(0)}&to=${iso(1400)}&limit=5`);
    expect(first.rows).toHaveLength(5);
    // 10,000 groups a window, unless said: 25 windows may hold 250,000.
    expect(api.reads).toEqual([[0, 25]]);
    api.reads.length = 0;
    const full = await api.json<ShownAnswer>(`${SERIES}?from=${iso(0)}&to=${iso(1400)}&limit=25`);
    expect([full.rows.length, api.reads, typeof full.next]).toEqual([25, [[0, 25]], 'string']);
    api.reads.length = 0;
    await api.json(`${SERIES}?from=${iso(0)}&to=${iso(1400)}&limit=10000`);
    // They hold little, so the next are more; but should all of these be full, they hold a million.
    expect(api.reads.slice(0, 3)).toEqual([
      [0, 25],
      [25, 125],
      [125, 225],
    ]);
    expect(api.reads.at(-1)).toEqual([1325, 1400]);
  });

  test('has the windows of its rows, with their state', async () => {
    const cell = (hour: number): Cell => ({ hour, shop: 'a', sales: 1, euros: 1, dearest: 1 });
    const api = new ShopApi([cell(0), cell(1), cell(4)]);
    api.finalHour = 2;
    api.amendedHours = [1];
    const { freshness, holes, windows } = await api.json<ShownAnswer>(`${SERIES}?${ALL}`);
    expect(windows.map(({ windowStart, final, amended }) => [windowStart, final, amended])).toEqual([
      [iso(0), true, false],
      [iso(1), true, true],
      [iso(4), false, false],
    ]);
    expect(holes).toEqual([]);
    expect(freshness).toEqual({
      newestEvent: new Date(START + 4 * HOUR + 300_000).toISOString(),
      ageMs: 96 * HOUR - 300_000,
      watermark: iso(2),
    });
  });

  test('has the metrics asked for, in their order', async () => {
    const api = new ShopApi([{ hour: 0, shop: 'a', sales: 1, euros: 2, dearest: 3 }]);
    const { rows } = await api.json<ShownAnswer>(`${SERIES}?${ALL}&metrics=dearest,sales`);
    expect(Object.keys(rows[0] ?? {})).toEqual(['group', 'windowStart', 'windowEnd', 'dearest', 'sales']);
  });
});

describe('the range', () => {
  const cells = [0, 30, 40].map((hour): Cell => ({ hour, shop: 'a', sales: 1, euros: 1, dearest: 1 }));
  const rangeOf = async (query: string, api = new ShopApi(cells)) => {
    const { from, to } = await api.json<ShownAnswer>(`${SERIES}?${query}`);
    return [from, to].map((time) => (typeof time === 'string' ? (Date.parse(time) - START) / HOUR : time));
  };

  test('ends with the newest event unless said, and has 24 windows', async () => {
    expect(await rangeOf('')).toEqual([17, 41]);
    expect(await rangeOf(`to=${iso(10)}`)).toEqual([-14, 10]);
    expect(await rangeOf(`from=${iso(10)}`)).toEqual([10, 41]);
    expect(await rangeOf(`from=${iso(50)}`)).toEqual([50, 51]);
    expect(await rangeOf('', new ShopApi([]))).toEqual([null, null]);
    expect(await rangeOf(`from=${iso(3)}`, new ShopApi([]))).toEqual([3, 4]);
  });

  test('takes ISO 8601 with zones, also with a plus that was not escaped, and epoch milliseconds', async () => {
    const hours = [
      'from=2026-01-10&to=2026-01-10%2005:00',
      'from=2026-01-10T02:00:00%2B02:00&to=2026-01-10T07:00:00+02:00',
      `from=${START}&to=${START + 5 * HOUR}`,
      'from=2026-01-10T00:00:00.000Z&to=2026-01-10T05:00Z',
    ];
    for (const query of hours) expect([query, await rangeOf(query)]).toEqual([query, [0, 5]]);
    const [from] = await rangeOf('from=0&to=2026-01-01T00:00Z&level=1d').catch((error: Error) => [
      error.message,
    ]);
    expect(from).toContain('the most is 1500');
  });

  test('may have as many windows as the limit says, and no more', async () => {
    const { rangeWindowsMax } = QUERY_LIMITS;
    const api = new ShopApi(cells);
    const status = async (query: string) => (await api.get(`${SERIES}?${query}`)).status;
    expect(await status(`from=${START}&to=${START + rangeWindowsMax * HOUR}`)).toBe(200);
    expect(await status(`from=${START}&to=${START + rangeWindowsMax * HOUR + 1}`)).toBe(400);
    // A level of its own size has its own limit.
    expect(await status(`from=${START}&to=${START + rangeWindowsMax * HOUR + 1}&level=1d`)).toBe(200);
    // Also where it ends by itself.
    expect(await status(`from=${START - rangeWindowsMax * HOUR}`)).toBe(400);
  });
});

describe('a cursor', () => {
  const cells = Array.from({ length: 10 }, (_, hour) => ({
    hour,
    shop: 'a',
    sales: 1,
    euros: 1,
    dearest: 1,
  }));

  test('is good for its own query only, and for nothing that was changed', async () => {
    const api = new ShopApi(cells);
    const { next } = await api.json<ShownAnswer>(`${SERIES}?${ALL}&limit=3`);
    const status = async (query: string) => (await api.get(`${SERIES}?${query}`)).status;
    expect(await status(`${ALL}&cursor=${next}`)).toBe(200);
    // Another size of pages, other metrics and another format are no other query.
    expect(await status(`${ALL}&cursor=${next}&limit=2&metrics=sales&format=csv`)).toBe(200);
    expect(await status(`from=${iso(1)}&to=${iso(41)}&cursor=${next}`)).toBe(400);
    expect(await status(`${ALL}&group.shop=b&cursor=${next}`)).toBe(400);
    expect(await status(`${ALL}&level=1d&cursor=${next}`)).toBe(400);
    expect((await api.get(`/aggregates/all/series?${ALL}&cursor=${next}`)).status).toBe(400);
    const text = String(next);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length - 1),
        fc.constantFrom('A', 'b', '9', '-', '*'),
        async (at, char) => {
          const changed = text.slice(0, at) + char + text.slice(at + 1);
          const { body, status: code } = await api.get(`${SERIES}?${ALL}&cursor=${changed}`);
          // The last character may have bits that stand for nothing.
          if (changed !== text && at < text.length - 1)
            expect([code, body]).toEqual([400, expect.stringContaining('cursor')]);
        },
      ),
    );
  });

  test('keeps to the range that the first page had, though newer events have come', async () => {
    const api = new ShopApi(cells);
    const first = await api.json<ShownAnswer>(`${SERIES}?limit=4`);
    api.newestEvent = START + 500 * HOUR;
    const second = await api.json<ShownAnswer>(`${SERIES}?limit=4&cursor=${first.next}`);
    expect([second.from, second.to]).toEqual([first.from, first.to]);
    expect(second.rows.map(({ windowStart }) => windowStart)).toEqual([4, 5, 6, 7].map(iso));
  });
});
