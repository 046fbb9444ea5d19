import { definePipeline, last, tumbling } from 'weir';
import { biddingStatistics } from './bidding-statistics.ts';
import { isBid, nexmark } from './bids.ts';

/** Channel statistics: the same by channel, with the last minute of the day that had a bid. */
export default definePipeline({
  ...nexmark,
  name: 'nexmark_q16',
  aggregates: {
    channel_statistics: {
      groupBy: ['bid_channel'],
      where: isBid,
      window: tumbling('1d'),
      metrics: { minute: last('bid_minute'), ...biddingStatistics },
      groups: 20_000,
    },
  },
});
