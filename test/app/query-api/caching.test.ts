import { describe, expect, test } from 'vitest';
import { type Cell, HOUR, ShopApi, START } from './shop.ts';

const one: Cell = { hour: 0, shop: 'a', sales: 1, euros: 2.5, dearest: null };
const TARGET = `/aggregates/by_shop/series?from=${START}&to=${START + 2 * HOUR}`;

const tagOf = async (api: ShopApi, target = TARGET) => {
  const { headers } = await api.get(target);
  return headers['etag'] ?? '';
};

describe('the tag', () => {
  test('is the same as long as the values are, however old they become', async () => {
    const api = new ShopApi([one]);
    const tag = await tagOf(api);
    api.now += 1000;
    api.newestEvent = START + 50 * HOUR;
    api.cells = [one, { ...one, hour: 50 }];
    expect(await tagOf(api)).toBe(tag);
    expect(await tagOf(new ShopApi([one]))).toBe(tag);
  });

  test('changes with a value, a window that is closed or amended, with what was asked, and with the format', async () => {
    const tags = [await tagOf(new ShopApi([one]))];
    tags.push(await tagOf(new ShopApi([{ ...one, sales: 2 }])));
    const closed = new ShopApi([one]);
    closed.finalHour = 1;
    tags.push(await tagOf(closed));
    closed.amendedHours = [0];
    tags.push(await tagOf(closed));
    for (const more of ['&format=csv', '&format=ndjson', '&metrics=sales', '&limit=1', '&group.shop=a']) {
      tags.push(await tagOf(new ShopApi([one, { ...one, shop: 'b' }]), `${TARGET}${more}`));
    }
    expect(new Set(tags).size).toBe(tags.length - 1);
    // The one page of one row and the one group are different pages, of the same rows; the first goes on.
    expect(tags.at(-1)).toBe(tags[0]);
  });

  test('that the client has already is answered without a body, but with how fresh it is', async () => {
    const api = new ShopApi([one]);
    const tag = await tagOf(api);
    for (const known of [tag, tag.replace('W/', ''), `"other", ${tag}`, '*']) {
      const { body, headers, status } = await api.get(TARGET, { 'if-none-match': known });
      expect([status, body]).toEqual([304, '']);
      expect(headers).toMatchObject({ etag: tag, 'cache-control': expect.any(String), vary: 'accept' });
      expect(headers['weir-newest-event']).toBeDefined();
      expect(headers).not.toHaveProperty('content-type');
    }
    for (const known of ['"other"', `${tag}x`, '']) {
      expect((await api.get(TARGET, { 'if-none-match': known })).status).toBe(200);
    }
  });

  test('is there for what follows from the definition too', async () => {
    const api = new ShopApi([]);
    for (const target of ['/aggregates', '/openapi.json']) {
      const { headers } = await api.get(target);
      expect((await api.get(target, { 'if-none-match': headers['etag'] ?? '' })).status).toBe(304);
    }
  });
});

describe('how long an answer may be kept', () => {
  const keptFor = async (change: (api: ShopApi) => void, target = TARGET) => {
    const api = new ShopApi([one, { ...one, hour: 1 }]);
    change(api);
    return (await api.get(target)).headers['cache-control'];
  };
  const [short, long] = ['private, max-age=1', 'private, max-age=60'];

  test('is a second while a window of the range is open', async () => {
    expect(await keptFor(() => {})).toBe(short);
    expect(await keptFor((api) => (api.finalHour = 1))).toBe(short);
  });

  test('is a second while a window that the watermark has passed is still to be closed', async () => {
    const passed = (api: ShopApi) => {
      api.finalHour = 1;
      api.watermarkHour = 2;
    };
    expect(await keptFor(passed)).toBe(short);
  });

  test('is a minute once all are closed', async () => {
    expect(await keptFor((api) => (api.finalHour = 2))).toBe(long);
  });

  test('is a second while one that has no values yet may get some', async () => {
    const empty = (api: ShopApi) => {
      api.cells = [one];
      api.finalHour = 1;
    };
    expect(await keptFor(empty)).toBe(short);
    expect(
      await keptFor((api) => {
        empty(api);
        api.finalHour = 2;
      }),
    ).toBe(long);
  });

  test('is a second for whatever is newest: a newer one may come', async () => {
    const closed = (api: ShopApi) => (api.finalHour = 10);
    expect(await keptFor(closed, '/aggregates/by_shop/latest')).toBe(short);
    expect(await keptFor(closed, '/aggregates/by_shop/top?by=sales')).toBe(short);
    expect(await keptFor(closed, `/aggregates/by_shop/top?by=sales&window=${START}`)).toBe(long);
  });
});
