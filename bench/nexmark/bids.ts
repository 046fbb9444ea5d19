import * as z from 'zod';

const person = z.object({
  id: z.int(),
  name: z.string(),
  emailAddress: z.string(),
  creditCard: z.string(),
  city: z.string(),
  state: z.string(),
  dateTime: z.string(),
  extra: z.string(),
});
const auction = z.object({
  id: z.int(),
  itemName: z.string(),
  description: z.string(),
  initialBid: z.int(),
  reserve: z.int(),
  dateTime: z.string(),
  expires: z.string(),
  seller: z.int(),
  category: z.int(),
  extra: z.string(),
});
const bid = z.object({
  auction: z.int(),
  bidder: z.int(),
  price: z.int(),
  channel: z.string(),
  url: z.string(),
  dateTime: z.string(),
  extra: z.string(),
});

/** One event of Nexmark's stream: a new person (0), a new auction (1) or a bid (2). */
const event = z.object({
  event_type: z.literal([0, 1, 2]),
  person: person.nullable(),
  auction: auction.nullable(),
  bid: bid.nullable(),
});
export type NexmarkEvent = z.infer<typeof event>;

/** What all queries have in common: the events, their time, and Nexmark's view of the bids. */
export const nexmark = {
  schema: event,
  eventTime: ({ person, auction, bid }: NexmarkEvent) => (bid ?? auction ?? person)?.dateTime ?? '',
  allowedLateness: '4s',
  derive: {
    bid_auction: ({ bid }: NexmarkEvent) => bid?.auction ?? null,
    bid_bidder: ({ bid }: NexmarkEvent) => bid?.bidder ?? null,
    bid_price: ({ bid }: NexmarkEvent) => bid?.price ?? null,
    bid_channel: ({ bid }: NexmarkEvent) => bid?.channel ?? null,
    bid_time: ({ bid }: NexmarkEvent) => bid?.dateTime ?? null,
    bid_minute: ({ bid }: NexmarkEvent) => bid?.dateTime.slice(11, 16) ?? null,
    bid_extra: ({ bid }: NexmarkEvent) => bid?.extra ?? null,
  },
} as const;

export const isBid = ({ event_type }: NexmarkEvent) => event_type === 2;

interface Priced {
  readonly bid_price: number | null;
}
/** Nexmark's three classes of prices, which are in cents. */
export const isRank1 = ({ bid_price }: Priced) => bid_price !== null && bid_price < 10_000;
export const isRank2 = ({ bid_price }: Priced) =>
  bid_price !== null && bid_price >= 10_000 && bid_price < 1_000_000;
export const isRank3 = ({ bid_price }: Priced) => bid_price !== null && bid_price >= 1_000_000;
