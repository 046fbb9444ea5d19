import { seededRandom } from '#cli/try/seeded-random.ts';
import type { NexmarkEvent } from './bids.ts';

export interface NexmarkOptions {
  readonly events: number;
  /** How fast event time goes: events a second. */
  readonly eventsPerSecond: number;
  /** Time of the first event, epoch milliseconds. */
  readonly startMs: number;
  readonly seed: number;
  /** Events of so many in a row come in another order than they happened; 1: all in order. */
  readonly outOfOrder: number;
}

/** Of 50 events in a row, the first is a person, the next three are auctions, and 46 are bids. */
const PERSONS = 1;
const AUCTIONS = 3;
const CYCLE = 50;
const FIRST_ID = 1000;
const FIRST_CATEGORY = 10;
const CATEGORIES = 5;
/** Of each hundred auctions and people, the newest hundred's first are the hot ones. */
const HOT_EVERY = 100;
/** One of so many goes to any auction, to any bidder or seller; the others to the hot one. */
const COLD_AUCTION_ONE_IN = 2;
const COLD_PERSON_ONE_IN = 4;
const AUCTIONS_IN_FLIGHT = 100;
const PEOPLE_ACTIVE = 1000;
/** Bids may name auctions and people that are still to come, up to so many ahead. */
const AHEAD = 10;
const HOT_CHANNELS = ['Apple', 'Baidu', 'Facebook', 'Google'];
const CHANNELS = 10_000;
/** Bytes that an event of a kind has on the average, as Nexmark reckons them: what is missing is padded. */
const BYTES = { person: 200, auction: 500, bid: 100 };
/** A number far from any group size, so that multiples of it, modulo that, are all places of the group. */
const STRIDE = 953;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const PLACES = ['Boise ID', 'Cheyenne WY', 'Eugene OR', 'Flagstaff AZ', 'Fresno CA', 'Tacoma WA'];
const GIVEN_NAMES = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gus', 'Ines', 'Jo', 'Kai'];
const FAMILY_NAMES = ['Adler', 'Brook', 'Cole', 'Drake', 'Frost', 'Hale', 'Moss', 'Reed', 'Stone'];

/**
 * Events of an online auction in the shape and the proportions of Nexmark (the model of nexmark/nexmark's generator, as
 * of 2024): bids go to a few hot auctions and by a few hot bidders more often than not, prices are spread evenly over
 * six orders of magnitude. The same options give the same events.
 */
export function* makeNexmarkEvents(options: NexmarkOptions): Generator<NexmarkEvent> {
  const random = new Dice(options.seed);
  const padding = random.letters(64 * 1024);
  const urls = Array.from({ length: CHANNELS + HOT_CHANNELS.length }, (_, channel) => random.url(channel));
  const make = { random, padding, urls };
  const group = options.outOfOrder;
  for (let place = 0; place < options.events; place++) {
    const start = place - (place % group);
    // The last group may be cut short: it is left in order, so that each event comes once.
    const number = start + group > options.events ? place : start + ((place * STRIDE) % group);
    const timeMs = options.startMs + Math.floor((number * 1000) / options.eventsPerSecond);
    yield eventOf(number, timeMs, options, make);
  }
}

interface Making {
  readonly random: Dice;
  readonly padding: string;
  readonly urls: readonly string[];
}

function eventOf(number: number, timeMs: number, options: NexmarkOptions, make: Making): NexmarkEvent {
  const cycle = Math.floor(number / CYCLE);
  const at = number % CYCLE;
  const dateTime = new Date(timeMs).toISOString();
  // The newest of each, counted from 0, this event included; before a cycle's auctions, those of the cycle before.
  const person = cycle;
  const auction = cycle * AUCTIONS + Math.min(at - PERSONS, AUCTIONS - 1);
  if (at < PERSONS) return { event_type: 0, ...NONE, person: personOf(person, dateTime, make) };
  if (at < PERSONS + AUCTIONS) {
    const { eventsPerSecond } = options;
    return { event_type: 1, ...NONE, auction: auctionOf(auction, person, timeMs, eventsPerSecond, make) };
  }
  return { event_type: 2, ...NONE, bid: bidOf(auction, person, dateTime, make) };
}

const NONE = { person: null, auction: null, bid: null };

function personOf(id: number, dateTime: string, { padding, random }: Making) {
  const [city = '', state = ''] = random.one(PLACES).split(' ');
  const name = `${random.one(GIVEN_NAMES)} ${random.one(FAMILY_NAMES)}`;
  const emailAddress = `${random.letters(random.from(3, 7))}@${random.letters(random.from(3, 5))}.com`;
  const creditCard = Array.from({ length: 4 }, () => String(random.below(10_000)).padStart(4, '0')).join(' ');
  const bytes = 8 + name.length + emailAddress.length + creditCard.length + city.length + state.length;
  const extra = random.padded(padding, BYTES.person - bytes);
  return { id: FIRST_ID + id, name, emailAddress, creditCard, city, state, dateTime, extra };
}

function auctionOf(id: number, person: number, timeMs: number, eventsPerSecond: number, make: Making) {
  const { padding, random } = make;
  const itemName = random.letters(random.from(3, 20));
  const description = random.letters(random.from(3, 100));
  const initialBid = random.price();
  // As long as it takes, on the average, until there are as many more as are in flight.
  const lengthMs = (2 * 1000 * AUCTIONS_IN_FLIGHT * CYCLE) / AUCTIONS / eventsPerSecond;
  return {
    id: FIRST_ID + id,
    itemName,
    description,
    initialBid,
    reserve: initialBid + random.price(),
    dateTime: new Date(timeMs).toISOString(),
    expires: new Date(timeMs + 1 + random.below(Math.ceil(lengthMs))).toISOString(),
    seller: FIRST_ID + (random.isOneIn(COLD_PERSON_ONE_IN) ? anyPerson(person, random) : hot(person)),
    category: FIRST_CATEGORY + random.below(CATEGORIES),
    extra: random.padded(padding, BYTES.auction - 48 - itemName.length - description.length),
  };
}

function bidOf(auction: number, person: number, dateTime: string, { padding, random, urls }: Making) {
  const isHotAuction = !random.isOneIn(COLD_AUCTION_ONE_IN);
  const oldest = Math.max(0, auction - AUCTIONS_IN_FLIGHT);
  const anyAuction = oldest + random.below(auction - oldest + 1 + AHEAD);
  // The second of its hundred, so that hot bidders are no hot sellers.
  const bidder = random.isOneIn(COLD_PERSON_ONE_IN) ? anyPerson(person, random) : hot(person) + 1;
  const price = random.price();
  const isHotChannel = !random.isOneIn(2);
  const channel = isHotChannel
    ? random.below(HOT_CHANNELS.length)
    : HOT_CHANNELS.length + random.below(CHANNELS);
  return {
    auction: FIRST_ID + (isHotAuction ? hot(auction) : anyAuction),
    bidder: FIRST_ID + bidder,
    price,
    channel: HOT_CHANNELS[channel] ?? `channel-${channel - HOT_CHANNELS.length}`,
    url: urls[channel] ?? '',
    dateTime,
    extra: random.padded(padding, BYTES.bid - 32),
  };
}

function hot(newest: number): number {
  return newest - (newest % HOT_EVERY);
}

/** One of the people that are active, or of the next to come. */
function anyPerson(newest: number, random: Dice): number {
  const active = Math.min(newest + 1, PEOPLE_ACTIVE);
  return newest + 1 - active + random.below(active + AHEAD);
}

/** Chance that is the same for the same seed. */
class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** A whole number from 0 to less than `end`. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /** A whole number from `least` to less than `end`. */
  from(least: number, end: number): number {
    return least + this.below(end - least);
  }

  isOneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  letters(length: number): string {
    let text = '';
    while (text.length < length) text += LETTERS[this.below(LETTERS.length)];
    return text;
  }

  /** In cents: from 1.00 to 1,000,000.00, as often from 1 to 10 as from 100,000 to a million. */
  price(): number {
    return Math.round(100 * 10 ** (6 * this.#next()));
  }

  /** Letters that are `bytes` long on the average, by up to a fifth more or less. */
  padded(padding: string, bytes: number): string {
    if (bytes <= 0) return '';
    const spread = Math.round(bytes / 5);
    const length = bytes - spread + (spread === 0 ? 0 : this.below(2 * spread));
    const start = this.below(padding.length - length);
    return padding.slice(start, start + length);
  }

  /** Where a channel's bids come from. Nine of ten say their channel. */
  url(channel: number): string {
    const path = [this.letters(4), this.letters(4), this.letters(4)].join('/');
    const of = this.isOneIn(10) ? '' : `&channel_id=${channel}`;
    return `https://auctions.example/${path}/item?query=1${of}`;
  }
}
