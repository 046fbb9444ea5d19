import { seededRandom } from '#cli/try/seeded-random.ts';
import { pick, wholeNumber } from './chance.ts';
import { dailyCurve } from './daily-curve.ts';
import { type HotKeys, makeOrder, type Order } from './order.ts';
import { type MadeRecord, toRecords } from './records.ts';

/** What the load is like for as long as nothing is the matter. Shares are of all events, 0 to 1. */
export interface LoadSettings {
  readonly seed: number;
  readonly hours: number;
  /** Events a second at the top of the day. */
  readonly eventsPerSecond: number;
  /** Put as JSON, one event a record, and not packed. */
  readonly unpacked: boolean;
  /** Of records, which a producer puts once more since it did not get the reply. */
  readonly duplicateShare: number;
  readonly lateShare: number;
  readonly badShare: number;
  /** Of low priority. */
  readonly importShare: number;
  /** Of records that are packed, at most. */
  readonly eventsARecord: number;
}

export const USUAL_LOAD = {
  duplicateShare: 0.005,
  lateShare: 0.01,
  badShare: 0.0005,
  importShare: 0,
  eventsARecord: 400,
} as const;

/** What faults make of the load. */
export interface LoadFaults {
  /** So many times as much. */
  readonly times: number;
  readonly hot: HotKeys | undefined;
  readonly badShare: number;
  readonly lateShare: number;
  /** Producers whose clock is ahead: their share of all events, and by how much. */
  readonly ahead: { readonly share: number; readonly byMs: number } | undefined;
}

export const NO_LOAD_FAULTS: LoadFaults = {
  times: 1,
  hot: undefined,
  badShare: 0,
  lateShare: 0,
  ahead: undefined,
};

/** What reaches the stream in one moment. */
export interface Arrivals {
  readonly records: readonly MadeRecord[];
  /** What the pipeline should count. */
  readonly valid: readonly Order[];
  /** Events in records that are put once more. */
  readonly duplicates: number;
  /** Events that the pipeline should reject. */
  readonly bad: number;
}

/** Late events happened that long before they reach the stream. */
const LATE_MS = { least: 5 * 60_000, most: 40 * 60_000 } as const;

/** Makes the load of a run, moment by moment, from its seed alone. */
export class LoadGenerator {
  readonly #settings: LoadSettings;
  readonly #random: () => number;
  readonly #phase: number;
  #made = 0;
  /** Records of the moment before that are put again with those of the next. */
  #retries: readonly MadeRecord[] = [];

  constructor(settings: LoadSettings) {
    this.#settings = settings;
    this.#random = seededRandom(settings.seed);
    this.#phase = this.#random() * 2 * Math.PI;
  }

  /** What reaches the stream between two moments; `elapsedMs` is since the beginning of the run. */
  next(nowMs: number, elapsedMs: number, forMs: number, faults: LoadFaults): Arrivals {
    const { badShare, duplicateShare, eventsARecord, eventsPerSecond, hours, importShare, lateShare } =
      this.#settings;
    const random = this.#random;
    const rate = eventsPerSecond * dailyCurve(elapsedMs, hours, this.#phase) * faults.times;
    const count = wholeNumber(random, (rate * forMs) / 1000);
    const valid: Order[] = [];
    const bad: string[] = [];
    const late = Math.max(lateShare, faults.lateShare);
    const rotten = Math.max(badShare, faults.badShare);
    for (let i = 0; i < count; i++) {
      this.#made += 1;
      const order = makeOrder(random, `${this.#settings.seed}-${this.#made}`, nowMs, faults.hot, importShare);
      if (random() < rotten) {
        bad.push(spoil(random, order));
      } else if (faults.ahead !== undefined && random() < faults.ahead.share) {
        bad.push(JSON.stringify({ ...order, at: nowMs + faults.ahead.byMs }));
      } else {
        const isLate = random() < late;
        const behindMs = isLate ? LATE_MS.least + random() * (LATE_MS.most - LATE_MS.least) : 0;
        const put = behindMs === 0 ? order : { ...order, at: Math.floor(order.at - behindMs) };
        valid.push(put);
      }
    }
    const records = toRecords(random, valid, bad, this.#settings.unpacked ? undefined : eventsARecord);
    const again = this.#retries;
    this.#retries = records.filter(({ isValid }) => isValid && random() < duplicateShare);
    const duplicates = again.reduce((sum, { events }) => sum + events, 0);
    return { records: [...again, ...records], valid, duplicates, bad: bad.length };
  }
}

/** Makes an order that is none. */
function spoil(random: () => number, order: Order): string {
  const { amount: _, ...without } = order;
  return pick(random, [
    JSON.stringify(without),
    JSON.stringify({ ...order, amount: 'much' }),
    JSON.stringify({ ...order, at: 4_070_908_800_000 }),
    `{"id":"${order.id}","amount":`,
  ]);
}
