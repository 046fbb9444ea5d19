import { seededRandom } from '#cli/try/seeded-random.ts';
import type { AdEvent } from './ad-events.ts';

export interface AdEventsOptions {
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Time of the first event, epoch milliseconds. */
  readonly startMs: number;
  readonly seed: number;
  /** One of so many events is up to a minute late; all are off by up to 50 ms. `undefined`: all are in order. */
  readonly lateOneIn?: number;
}

const CAMPAIGNS = 100;
const ADS_PER_CAMPAIGN = 10;
const USERS = 100;
const PAGES = 100;
const AD_TYPES = ['banner', 'modal', 'sponsored-search', 'mail', 'mobile'] as const;
const EVENT_TYPES = ['view', 'click', 'purchase'] as const;
const SKEW_MS = 50;
const LATE_MS_MAX = 60_000;
/** The ads are the same whatever the events are: they are a file. */
const ADS_SEED = 1;

/** The reference table: 100 campaigns of ten ads each. */
export function makeAds(): { readonly ad_id: string; readonly campaign_id: string }[] {
  const random = seededRandom(ADS_SEED);
  const campaigns = Array.from({ length: CAMPAIGNS }, () => uuid(random));
  return campaigns.flatMap((campaign_id) =>
    Array.from({ length: ADS_PER_CAMPAIGN }, () => ({ ad_id: uuid(random), campaign_id })),
  );
}

/**
 * Events in the shape of the Yahoo streaming benchmark (the model of yahoo/streaming-benchmarks' generator): ads, users,
 * pages and kinds of event by chance, evenly. The same options give the same events.
 */
export function* makeAdEvents(options: AdEventsOptions): Generator<AdEvent> {
  const random = seededRandom(options.seed);
  const one = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  const ads = makeAds().map(({ ad_id }) => ad_id);
  const users = Array.from({ length: USERS }, () => uuid(random));
  const pages = Array.from({ length: PAGES }, () => uuid(random));
  for (let place = 0; place < options.events; place++) {
    const onTime = options.startMs + Math.floor((place * 1000) / options.eventsPerSecond);
    yield {
      user_id: one(users),
      page_id: one(pages),
      ad_id: one(ads),
      ad_type: one(AD_TYPES),
      event_type: one(EVENT_TYPES),
      event_time: String(onTime + delayMs(random, options.lateOneIn)),
      ip_address: '1.2.3.4',
    };
  }
}

/** How far an event's time is from that of its turn: behind it, mostly. */
function delayMs(random: () => number, lateOneIn: number | undefined): number {
  if (lateOneIn === undefined) return 0;
  const skew = SKEW_MS - Math.floor(random() * 2 * SKEW_MS);
  const isLate = Math.floor(random() * lateOneIn) === 0;
  return skew - (isLate ? Math.floor(random() * LATE_MS_MAX) : 0);
}

/** Of version 4, from 122 random bits. */
function uuid(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16));
  digits[12] = 4;
  digits[16] = 8 + ((digits[16] ?? 0) % 4);
  const hex = digits.map((digit) => digit.toString(16)).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
