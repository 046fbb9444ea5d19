import { count, definePipeline, session } from 'weir';
import { isBid, nexmark } from './bids.ts';

/** User sessions: how many bids each user made without a break of more than 10 seconds. */
export default definePipeline({
  ...nexmark,
  name: 'nexmark_q11',
  aggregates: {
    user_sessions: {
      groupBy: ['bid_bidder'],
      where: isBid,
      window: session({ gap: '10s' }),
      metrics: { bids: count() },
    },
  },
});
