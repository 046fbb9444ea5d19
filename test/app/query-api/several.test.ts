import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '#adapters/sha256.ts';
import { answerQuery } from '#app/query-api/query-api.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import { someCells } from './cells.ts';
import { allWell, type Cell, HOUR, inOrder, pipeline, requestOf, rowOf, START, shownOf } from './shop.ts';

interface SeveralShown {
  readonly aggregates: Readonly<
    Record<string, { readonly rows: readonly unknown[]; readonly windows: readonly unknown[] }>
  >;
  readonly next: string | null;
}

/** Both aggregates have values, `all` those of the cells of one shop. */
async function pages(cells: readonly Cell[], limit: number, order: string, now = 0): Promise<SeveralShown[]> {
  const deps = {
    pipeline,
    answer: async (
      { name }: { name: string },
      _levelMs: number,
      range: { from?: WindowStart; to?: WindowStart },
    ) => {
      const mine = name === 'by_shop' ? cells : cells.filter(({ shop }) => shop === 'a');
      const rows = mine
        .map(rowOf)
        .map((row) =>
          name === 'all' ? { ...row, group: {}, metrics: { sales: row.metrics['sales'] ?? 0 } } : row,
        )
        .filter(({ windowStart }) => windowStart >= Number(range.from) && windowStart < Number(range.to));
      const starts = [...new Set(rows.map(({ windowStart }) => windowStart))];
      const windows = starts.map((start) => ({
        windowStart: start as WindowStart,
        windowEnd: (start + HOUR) as EpochMs,
        final: true,
        amended: false,
      }));
      return { rows, windows, watermark: null, newestEvent: null };
    },
    now: () => now,
    hash: sha256,
    health: allWell,
    together: () => Promise.reject(new Error('nobody asks')),
    onUnavailable: () => {},
  };
  const found: SeveralShown[] = [];
  let cursor = '';
  do {
    const target = `/series?aggregates=${order}&from=${START}&to=${START + 41 * HOUR}&limit=${limit}${cursor}`;
    const { body, status } = await answerQuery(deps, requestOf(target), { deadline: 1, basePath: '' });
    expect([status, body]).toEqual([200, expect.anything()]);
    const page = JSON.parse(String(body)) as SeveralShown;
    found.push(page);
    cursor = `&cursor=${page.next}`;
  } while (found.at(-1)?.next !== null && found.length < 300);
  return found;
}

describe('several aggregates', () => {
  test('have all their rows, once and in order, whatever the size of pages and however little time there is', async () => {
    const orders = fc.constantFrom('by_shop,all', 'all,by_shop', 'all,by_shop,all');
    await fc.assert(
      fc.asyncProperty(
        someCells,
        fc.integer({ min: 1, max: 15 }),
        orders,
        fc.constantFrom(0, 1),
        async (cells, limit, order, now) => {
          const ordered = inOrder(cells);
          const answers = await pages(ordered, limit, order, now);
          const rowsOf = (name: string) => answers.flatMap(({ aggregates }) => aggregates[name]?.rows ?? []);
          expect(rowsOf('by_shop')).toEqual(ordered.map(shownOf));
          expect(rowsOf('all')).toEqual(
            ordered
              .filter(({ shop }) => shop === 'a')
              .map((cell) => {
                const { windowEnd, windowStart, sales } = shownOf(cell);
                return { group: {}, windowStart, windowEnd, sales };
              }),
          );
          for (const { aggregates } of answers) {
            const rows = Object.values(aggregates).flatMap((part) => part.rows);
            expect(rows.length).toBeLessThanOrEqual(limit);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('are in one page where they fit', async () => {
    const cells = [0, 1].map((hour): Cell => ({ hour, shop: 'a', sales: 1, euros: 1, dearest: 1 }));
    const [only, ...others] = await pages(cells, 5, 'by_shop,all');
    expect(others).toEqual([]);
    expect(Object.keys(only?.aggregates ?? {})).toEqual(['by_shop', 'all']);
    expect(Object.values(only?.aggregates ?? {}).map(({ windows }) => windows.length)).toEqual([2, 2]);
  });
});
