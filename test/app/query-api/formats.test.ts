import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WindowLevel } from '#app/query-api/levels.ts';
import { toCsv } from '#app/query-api/render-csv.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import { someCells } from './cells.ts';
import {
  type Cell,
  HOUR,
  inOrder,
  pipeline,
  rowOf,
  ShopApi,
  type ShownAnswer,
  START,
  shownOf,
} from './shop.ts';

const TARGET = `/aggregates/by_shop/series?from=${START}&to=${START + 41 * 3_600_000}`;
const one: Cell = { hour: 0, shop: 'a', sales: 1, euros: 2.5, dearest: null };

describe('the format', () => {
  const formatOf = async (target: string, accept?: string) => {
    const { headers, status } = await new ShopApi([one]).get(target, accept === undefined ? {} : { accept });
    return status === 200 ? headers['content-type'] : status;
  };
  const [json, ndjson, csv] = [
    'application/json',
    'application/x-ndjson',
    'text/csv; charset=utf-8; header=present',
  ];

  test.each([
    [undefined, json],
    ['', json],
    ['*/*', json],
    ['text/html,application/xhtml+xml,*/*;q=0.8', json],
    ['application/json', json],
    ['text/csv', csv],
    ['text/*', csv],
    ['TEXT/CSV; charset=utf-8', csv],
    ['application/x-ndjson', ndjson],
    ['text/csv;q=0.5, application/x-ndjson;q=0.9', ndjson],
    ['text/csv;q=0.5, */*;q=0.1', csv],
    ['application/json;q=0, */*', ndjson],
    ['application/*;q=0.2, text/csv;q=0.1', json],
    ['text/html', 406],
    ['text/csv;q=0', 406],
    ['text/csv;q=nonsense', 406],
  ])('of a client that accepts %s is %s', async (accept, wanted) => {
    expect(await formatOf(TARGET, accept)).toBe(wanted);
    // What is asked for by name comes first.
    expect(await formatOf(`${TARGET}&format=ndjson`, accept)).toBe(ndjson);
  });

  test('depends on Accept, and says so to caches', async () => {
    expect((await new ShopApi([one]).get(TARGET)).headers['vary']).toBe('accept');
  });
});

describe('lines of JSON', () => {
  test('are the rows of the JSON answer, each with the state of its window', async () => {
    await fc.assert(
      fc.asyncProperty(someCells, fc.nat(40), async (cells, finalHour) => {
        const api = new ShopApi(cells);
        api.finalHour = finalHour;
        const { body } = await api.get(`${TARGET}&format=ndjson`);
        const lines = String(body)
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as unknown);
        expect(lines).toEqual(
          inOrder(cells).map((cell) => ({
            ...shownOf(cell),
            'window.final': cell.hour < finalHour,
            'window.amended': false,
          })),
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe('CSV', () => {
  test('has the rows, as another parser reads them', async () => {
    await fc.assert(
      fc.asyncProperty(someCells, fc.nat(40), async (cells, finalHour) => {
        const api = new ShopApi(cells);
        api.finalHour = finalHour;
        const { body, headers } = await api.get(`${TARGET}&format=csv`);
        expect(headers['content-disposition']).toBe('attachment; filename="by_shop.csv"');
        expect(String(body).endsWith('\r\n')).toBe(true);
        const rows: unknown = parse(String(body), { columns: true, record_delimiter: '\r\n' });
        const text = (value: string | number | boolean | null) => (value === null ? '' : String(value));
        expect(rows).toEqual(
          inOrder(cells).map((cell) => {
            const { group, windowEnd, windowStart, sales, euros, dearest } = shownOf(cell);
            const shop = text(group['shop'] ?? null);
            return {
              windowStart,
              windowEnd,
              'window.final': String(cell.hour < finalHour),
              'window.amended': 'false',
              'window.partial': '',
              'group.shop': shop.startsWith('=') ? `'${shop}` : shop,
              sales: text(sales),
              euros: text(euros),
              dearest: text(dearest),
            };
          }),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('tells an empty text from none, and quotes what needs it', async () => {
    const shops = [null, '', 'a,b', 'a"b', 'a\r\nb', ' a '];
    const api = new ShopApi(shops.map((shop, hour) => ({ ...one, hour, shop })));
    const { body } = await api.get(`${TARGET}&format=csv&metrics=sales`);
    const cells = String(body)
      .split(/\r\n(?=2026)/)
      .slice(1)
      .map((line) => line.split('false,false,,')[1]?.replace(/,1(\r\n)?$/, ''));
    expect(cells).toEqual(['', '""', '"a,b"', '"a""b"', '"a\r\nb"', ' a ']);
  });

  test('names the metrics that lack events of the window', () => {
    const [aggregate] = pipeline.aggregates;
    const row = rowOf({ ...one, dearest: null });
    const window = {
      windowStart: START as WindowStart,
      windowEnd: (START + HOUR) as EpochMs,
      ...{ final: true, amended: false, partial: ['euros', 'dearest'] },
    };
    const metrics = ['sales', 'euros', 'dearest'];
    const level = { sizeMs: HOUR, everyMs: HOUR } as WindowLevel;
    const part = { aggregate: aggregate ?? expect.fail(), level, metrics, rows: [row], windows: [window] };
    const [cells] = parse<Record<string, string>>(toCsv(part), { columns: true, record_delimiter: '\r\n' });
    expect(cells).toMatchObject({ 'window.final': 'true', 'window.partial': 'euros dearest', dearest: '' });
  });

  // What spreadsheets run: see OWASP, CSV injection.
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', "=cmd|' /C calc'!A0", '＝1+1'])(
    'makes text of the formula %j, and leaves numbers alone',
    async (shop) => {
      const api = new ShopApi([{ ...one, shop, euros: -5 }]);
      const { body } = await api.get(`${TARGET}&format=csv`);
      const [row] = parse<Record<string, string>>(String(body), { columns: true, record_delimiter: '\r\n' });
      expect(row).toMatchObject({ 'group.shop': `'${shop}`, euros: '-5' });
    },
  );
});

describe('all formats', () => {
  test('say in headers how fresh the values are, and where they go on', async () => {
    const api = new ShopApi([one, { ...one, hour: 1 }, { ...one, hour: 2 }]);
    api.finalHour = 1;
    const { freshness, next } = await api.json<ShownAnswer>(`${TARGET}&limit=2`);
    for (const format of ['json', 'ndjson', 'csv']) {
      const { headers } = await api.get(`${TARGET}&limit=2&format=${format}`);
      expect(headers).toMatchObject({
        'weir-newest-event': freshness.newestEvent,
        'weir-age-ms': String(freshness.ageMs),
        'weir-watermark': freshness.watermark,
        'weir-holes': '0',
        'weir-next': next,
        'x-content-type-options': 'nosniff',
      });
    }
    const { headers } = await api.get(TARGET);
    expect(headers).not.toHaveProperty('weir-next');
  });

  test('end a page before it is larger than Lambda may answer', async () => {
    const shop = '"'.repeat(900);
    const cells = Array.from({ length: 6000 }, (_, i) => ({ ...one, hour: i % 3, shop: `${shop}${i}` }));
    const api = new ShopApi(cells);
    for (const format of ['json', 'ndjson', 'csv']) {
      const { body, headers } = await api.get(`${TARGET}&limit=10000&format=${format}`);
      const answered = Buffer.byteLength(JSON.stringify({ statusCode: 200, headers, body }));
      expect(answered).toBeLessThan(6 * 1024 * 1024);
      expect(headers['weir-next']).toBeDefined();
    }
  });
});
