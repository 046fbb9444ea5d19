import { count, definePipeline, max, mean, min, sum, tumbling } from 'weir';
import { isBid, isRank1, isRank2, isRank3, nexmark } from './bids.ts';

/** Auction statistics: how many bids an auction had each day, and at which prices. */
export default definePipeline({
  ...nexmark,
  name: 'nexmark_q17',
  aggregates: {
    auction_statistics: {
      groupBy: ['bid_auction'],
      where: isBid,
      window: tumbling('1d'),
      metrics: {
        total_bids: count(),
        rank1_bids: count({ where: isRank1 }),
        rank2_bids: count({ where: isRank2 }),
        rank3_bids: count({ where: isRank3 }),
        min_price: min('bid_price'),
        max_price: max('bid_price'),
        avg_price: mean('bid_price'),
        sum_price: sum('bid_price'),
      },
      groups: 20_000,
    },
  },
});
