import { definePipeline, max, maxBy, tumbling } from 'weir';
import { isBid, nexmark } from './bids.ts';

/** Highest bid: the bid with the highest price of each 10 seconds. */
export default definePipeline({
  ...nexmark,
  name: 'nexmark_q7',
  aggregates: {
    highest_bid: {
      groupBy: [],
      where: isBid,
      window: tumbling('10s'),
      metrics: {
        price: max('bid_price'),
        auction: maxBy('bid_auction', 'bid_price'),
        bidder: maxBy('bid_bidder', 'bid_price'),
        time: maxBy('bid_time', 'bid_price'),
        extra: maxBy('bid_extra', 'bid_price'),
      },
    },
  },
});
