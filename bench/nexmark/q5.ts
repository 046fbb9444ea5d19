import { count, definePipeline, hopping } from 'weir';
import { isBid, nexmark } from './bids.ts';

/** Hot items: which auctions had most bids in the last 10 seconds, every 2 seconds. */
export default definePipeline({
  ...nexmark,
  name: 'nexmark_q5',
  aggregates: {
    hot_items: {
      groupBy: ['bid_auction'],
      where: isBid,
      window: hopping('10s', { every: '2s' }),
      metrics: { bids: count() },
    },
  },
});
