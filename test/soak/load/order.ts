import { pick, zipf } from './chance.ts';

/** One event of the load: an order in a shop. */
export interface Order {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly shop: string;
  readonly region: string;
  readonly product: string;
  /** In quarters of a unit: sums of them are exact in any arithmetic that is good enough to check against. */
  readonly amount: number;
  readonly quantity: number;
  /** Where some of the load is of low priority: whether a customer waits for it, or it is imported from somewhere. */
  readonly source?: 'shop' | 'import';
}

const MINUTE_MS = 60_000;
/** Shops that sell at a time; each minute some close and others open. */
const SHOPS = 150;
const SHOPS_AN_HOUR = 30;
const REGIONS = ['north', 'east', 'south', 'west', 'islands', 'mountains', 'coast', 'capital'];
const PRODUCTS = 500;
/** Events reach the stream a little after they happened, and not in order. */
const DELAY_MS_MAX = 20_000;

/** Keys that most of the load falls on. */
export interface HotKeys {
  readonly keys: number;
  /** Of all events, 0 to 1. */
  readonly share: number;
}

/** An order that reaches the stream at that time. */
export function makeOrder(
  random: () => number,
  id: string,
  nowMs: number,
  hot: HotKeys | undefined,
  importShare = 0,
): Order {
  const opened = Math.floor((nowMs / (60 * MINUTE_MS)) * SHOPS_AN_HOUR);
  const isHot = hot !== undefined && random() < hot.share;
  const rank = isHot ? Math.floor(random() * hot.keys) : zipf(random, SHOPS);
  // The popular ones are anywhere in the row of those that are open, and stay what they are.
  const shop = isHot ? rank : opened + ((rank * 37) % SHOPS);
  return {
    id,
    at: Math.floor(nowMs - random() * DELAY_MS_MAX),
    shop: isHot ? `hot-${shop}` : `shop-${shop}`,
    region: pick(random, REGIONS),
    product: `product-${zipf(random, PRODUCTS)}`,
    amount: Math.ceil(-Math.log(1 - random()) * 200) / 4,
    quantity: 1 + zipf(random, 9),
    ...(importShare > 0 && { source: random() < importShare ? 'import' : 'shop' }),
  };
}
