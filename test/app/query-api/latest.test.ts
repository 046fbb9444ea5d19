import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { someCells } from './cells.ts';
import { type Cell, HOUR, inOrder, ShopApi, type ShownAnswer, START, shownOf } from './shop.ts';

const LATEST = '/aggregates/by_shop/latest';
const one: Cell = { hour: 0, shop: 'a', sales: 1, euros: 2.5, dearest: null };

describe('the latest window', () => {
  test('is the newest that has a value of the groups asked for, final if that is asked for', async () => {
    const shops = fc.subarray(['a', 'b', 'null', '']);
    await fc.assert(
      fc.asyncProperty(someCells, shops, fc.boolean(), fc.nat(45), async (cells, asked, final, finalHour) => {
        const api = new ShopApi(cells);
        api.finalHour = finalHour;
        const groups = asked.map((shop) => `&group.shop=${shop}`).join('');
        const answer = await api.json<ShownAnswer>(`${LATEST}?final=${final}${groups}`);
        const candidates = cells.filter(
          ({ hour, shop }) =>
            (asked.length === 0 || asked.includes(String(shop))) && (!final || hour < finalHour),
        );
        const newest = Math.max(...candidates.map(({ hour }) => hour));
        expect(answer.rows).toEqual(inOrder(candidates.filter(({ hour }) => hour === newest)).map(shownOf));
        expect(answer.windows).toHaveLength(candidates.length === 0 ? 0 : 1);
        expect(answer.freshness.newestEvent === null).toBe(cells.length === 0);
      }),
      { numRuns: 200 },
    );
  });

  test('is found far back, in few reads, and no further back than the limit', async () => {
    const api = new ShopApi([
      { ...one, hour: 0, shop: 'rare' },
      { ...one, hour: 1400 },
    ]);
    const near = await api.json<ShownAnswer>(`${LATEST}?group.shop=rare`);
    expect(near.windows.map(({ windowStart }) => Date.parse(windowStart))).toEqual([START]);
    expect(api.reads.length).toBeLessThan(80);
    const far = new ShopApi([
      { ...one, hour: 0, shop: 'rare' },
      { ...one, hour: 1600 },
    ]);
    expect((await far.json<ShownAnswer>(`${LATEST}?group.shop=rare`)).rows).toEqual([]);
  });

  test('may lie ahead of the newest event, whose time counts no later than its arrival', async () => {
    const api = new ShopApi([one, { ...one, hour: 1 }]);
    api.newestEvent = START + 30 * 60_000;
    const { windows } = await api.json<ShownAnswer>(LATEST);
    expect(windows.map(({ windowStart }) => Date.parse(windowStart))).toEqual([START + HOUR]);
  });

  test('is read page by page, though a newer one comes meanwhile', async () => {
    const shops = ['a', 'b', 'c', 'd', 'e'];
    const api = new ShopApi(shops.map((shop) => ({ ...one, shop })));
    const first = await api.json<ShownAnswer>(`${LATEST}?limit=2`);
    const newer = new ShopApi([...shops.map((shop) => ({ ...one, shop })), { ...one, hour: 1 }]);
    const second = await newer.json<ShownAnswer>(`${LATEST}?limit=2&cursor=${first.next}`);
    const third = await newer.json<ShownAnswer>(`${LATEST}?limit=2&cursor=${second.next}`);
    const rows = [first, second, third].flatMap((page) => page.rows);
    expect(rows.map((row) => (row['group'] as { shop: string }).shop)).toEqual(shops);
    expect(third.next).toBeNull();
  });
});

describe('the top of a window', () => {
  test('is the groups with the greatest values, or the least; equal ones by group, those without a value last', async () => {
    const by = fc.constantFrom('sales', 'euros', 'dearest');
    const order = fc.constantFrom('asc', 'desc');
    await fc.assert(
      fc.asyncProperty(
        someCells,
        by,
        order,
        fc.integer({ min: 1, max: 6 }),
        fc.nat(40),
        async (cells, metric, way, n, hour) => {
          const api = new ShopApi(cells);
          const at = new Date(START + hour * HOUR + 1234).toISOString();
          const target = `/aggregates/by_shop/top?by=${metric}&order=${way}&n=${n}&window=${at}`;
          const answer = await api.json<ShownAnswer>(target);
          const here = inOrder(cells.filter((cell) => cell.hour === hour));
          const value = (cell: Cell) => cell[metric];
          // By picking the best again and again, where the API sorts.
          const best: Cell[] = [];
          while (best.length < Math.min(n, here.length)) {
            const left = here.filter((cell) => !best.includes(cell));
            const valued = left.filter((cell) => value(cell) !== null);
            const wanted =
              way === 'desc'
                ? Math.max(...valued.map((c) => value(c) ?? 0))
                : Math.min(...valued.map((c) => value(c) ?? 0));
            best.push(
              ...(valued.length === 0 ? left : valued.filter((cell) => value(cell) === wanted)).slice(0, 1),
            );
          }
          expect(answer.rows).toEqual(best.map(shownOf));
          expect(answer.groups).toBe(here.length);
          expect(answer.window).toBe(new Date(START + hour * HOUR).toISOString());
        },
      ),
      { numRuns: 200 },
    );
  });

  test('is that of the newest window unless said, of the groups and metrics asked for', async () => {
    const api = new ShopApi([
      { ...one, hour: 3, shop: 'a', sales: 5 },
      { ...one, hour: 3, shop: 'b', sales: 7 },
      { ...one, hour: 3, shop: 'c', sales: 6 },
      { ...one, hour: 2, shop: 'd', sales: 9 },
    ]);
    for (const window of ['', '&window=latest']) {
      const answer = await api.json<ShownAnswer>(
        `/aggregates/by_shop/top?by=sales${window}&group.shop=a&group.shop=c&metrics=sales`,
      );
      expect(answer.rows.map(({ group, sales }) => [group, sales])).toEqual([
        [{ shop: 'c' }, 6],
        [{ shop: 'a' }, 5],
      ]);
      expect(Object.keys(answer.rows[0] ?? {})).not.toContain('euros');
    }
    expect(await new ShopApi([]).json('/aggregates/by_shop/top?by=sales')).toMatchObject({
      window: null,
      groups: 0,
      rows: [],
      windows: [],
    });
  });

  test('may be of a range of windows together: by what each group has in all of them', async () => {
    const range = fc.tuple(fc.integer({ min: -3, max: 45 }), fc.integer({ min: 1, max: 50 }));
    await fc.assert(
      fc.asyncProperty(someCells, range, fc.nat(45), async (cells, [from, hours], finalHour) => {
        const api = new ShopApi(cells);
        api.finalHour = finalHour;
        const to = from + hours;
        const at = (hour: number) => new Date(START + hour * HOUR).toISOString();
        const target = `/aggregates/by_shop/top?by=sales&n=3&from=${at(from - 0.5)}&to=${at(to - 0.9)}`;
        const answer = await api.json<ShownAnswer>(target);
        const within = cells.filter(({ hour }) => hour >= from && hour < to);
        const shops = [...new Set(within.map(({ shop }) => JSON.stringify([shop])))].sort();
        const totals = shops.map((shop) => ({
          shop,
          sales: within
            .filter((cell) => JSON.stringify([cell.shop]) === shop)
            .reduce((total, { sales }) => total + sales, 0),
        }));
        const best = totals.toSorted((a, b) => b.sales - a.sales).slice(0, 3);
        expect(
          answer.rows.map(({ group, sales }) => ({
            shop: JSON.stringify(Object.values(group ?? {})),
            sales,
          })),
        ).toEqual(best);
        expect(answer).toMatchObject({ from: at(from), to: at(to), groups: shops.length });
        expect(answer).not.toHaveProperty('window');
        const state = { windowStart: at(from), windowEnd: at(to), final: to <= finalHour, amended: false };
        expect(answer.windows).toEqual(within.length === 0 ? [] : [state]);
      }),
      { numRuns: 100 },
    );
  });

  test('of a range goes up to the newest event unless said, and is no top of one window too', async () => {
    const api = new ShopApi([one, { ...one, hour: 3, sales: 5 }]);
    const open = await api.json<ShownAnswer>(`/aggregates/by_shop/top?by=sales&from=${START}`);
    expect(open.to).toBe(new Date(START + 4 * HOUR).toISOString());
    expect(open.rows.map(({ sales }) => sales)).toEqual([6]);
    const both = await api.get(`/aggregates/by_shop/top?by=sales&from=${START}&window=latest`);
    expect([both.status, String(both.body)]).toEqual([400, expect.stringContaining('window: is one window')]);
    const empty = await new ShopApi([]).json<ShownAnswer>('/aggregates/by_shop/top?by=sales&to=2026-01-01');
    expect(empty.rows).toEqual([]);
    const long = await api.get(`/aggregates/by_shop/top?by=sales&from=${START}&to=${START + 1501 * HOUR}`);
    expect([long.status, String(long.body)]).toEqual([400, expect.stringContaining('the most is 1500')]);
  });
});
