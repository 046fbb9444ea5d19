import { definePipeline, tumbling } from 'weir';
import { biddingStatistics } from './bidding-statistics.ts';
import { isBid, nexmark } from './bids.ts';

/** Bidding statistics: how many users joined the bidding each day, by class of price. */
export default definePipeline({
  ...nexmark,
  name: 'nexmark_q15',
  aggregates: {
    bidding_statistics: {
      groupBy: [],
      where: isBid,
      window: tumbling('1d'),
      metrics: biddingStatistics,
    },
  },
});
