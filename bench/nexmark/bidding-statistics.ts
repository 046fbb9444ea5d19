import { count, distinct } from 'weir';
import { isRank1, isRank2, isRank3 } from './bids.ts';

/** What queries 15 and 16 have in common: bids, bidders and auctions, in all and by class of price. */
export const biddingStatistics = {
  total_bids: count(),
  rank1_bids: count({ where: isRank1 }),
  rank2_bids: count({ where: isRank2 }),
  rank3_bids: count({ where: isRank3 }),
  total_bidders: distinct('bid_bidder'),
  rank1_bidders: distinct('bid_bidder', { where: isRank1 }),
  rank2_bidders: distinct('bid_bidder', { where: isRank2 }),
  rank3_bidders: distinct('bid_bidder', { where: isRank3 }),
  total_auctions: distinct('bid_auction'),
  rank1_auctions: distinct('bid_auction', { where: isRank1 }),
  rank2_auctions: distinct('bid_auction', { where: isRank2 }),
  rank3_auctions: distinct('bid_auction', { where: isRank3 }),
};
