import { count, definePipeline, tumbling } from 'weir';
import { isBid, nexmark } from './bids.ts';

/** Processing time windows: how many bids each user made in 10 seconds, by when the stream took them in. */
export default definePipeline({
  ...nexmark,
  name: 'nexmark_q12',
  eventTime: (_, arrival) => arrival,
  aggregates: {
    bids_by_arrival: {
      groupBy: ['bid_bidder'],
      where: isBid,
      window: tumbling('10s'),
      metrics: { bids: count() },
    },
  },
});
