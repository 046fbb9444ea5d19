import type { Expectation } from '../against-duckdb/compare-rows.ts';
import type { DuckDb } from '../against-duckdb/duck-db.ts';

/** Makes the table `bid` of a file of events, with `place`, its place in the file. */
export async function loadBids(db: DuckDb, eventsFile: string): Promise<void> {
  const bid =
    'STRUCT(auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, "dateTime" TIMESTAMP, extra VARCHAR)';
  await db.run(`CREATE OR REPLACE TABLE bid AS
    SELECT bid.*, epoch_ms(bid."dateTime") AS ms, place
    FROM (SELECT *, row_number() OVER () AS place
          FROM read_json('${eventsFile}', format = 'newline_delimited',
                         columns = {event_type: 'INTEGER', bid: '${bid}'}))
    WHERE event_type = 2`);
}

const DAY = '(ms // 86400000) * 86400000 AS start';
const TEN_SECONDS = '(ms // 10000) * 10000 AS start';

const PRICE_CLASSES = {
  total: '',
  rank1: 'FILTER (WHERE price < 10000)',
  rank2: 'FILTER (WHERE price >= 10000 AND price < 1000000)',
  rank3: 'FILTER (WHERE price >= 1000000)',
};
const classes = Object.entries(PRICE_CLASSES);
const BIDS = classes.map(([name, filter]) => `count(*) ${filter} AS ${name}_bids`).join(', ');
const DISTINCT = ['bidder', 'auction']
  .flatMap((field) =>
    classes.map(([name, filter]) => `count(DISTINCT ${field}) ${filter} AS ${name}_${field}s`),
  )
  .join(', ');
const bidMetrics = classes.map(([name]) => `${name}_bids`);
const distinctMetrics = ['bidders', 'auctions'].flatMap((of) => classes.map(([name]) => `${name}_${of}`));

/** Every window of 10 seconds that a bid is in: one begins every 2 seconds. */
const HOPS = `SELECT auction, (ms // 2000) * 2000 - 2000 * hop AS start FROM bid, range(5) hops(hop)`;

/** What each query's aggregate must be, over all bids. */
export const EXPECTATIONS = {
  q5: {
    aggregate: 'hot_items',
    sql: `SELECT start, auction AS bid_auction, count(*) AS bids FROM (${HOPS}) GROUP BY ALL`,
    groupBy: ['bid_auction'],
    exact: ['bids'],
  },
  q7: {
    aggregate: 'highest_bid',
    // Of several bids of the highest price, the first.
    sql: `SELECT start, price, auction, bidder, extra, strftime("dateTime", '%Y-%m-%dT%H:%M:%S.%gZ') AS time
          FROM (SELECT *, ${TEN_SECONDS} FROM bid)
          QUALIFY row_number() OVER (PARTITION BY start ORDER BY price DESC, ms, place) = 1`,
    groupBy: [],
    exact: ['price', 'auction', 'bidder', 'time', 'extra'],
  },
  q11: {
    aggregate: 'user_sessions',
    // A session begins with a bid that comes more than 10 seconds after the user's last one.
    sql: `SELECT min(ms) AS start, max(ms) + 10000 AS "end", bidder AS bid_bidder, count(*) AS bids
          FROM (SELECT bidder, ms, sum(begins) OVER (PARTITION BY bidder ORDER BY ms) AS session
                FROM (SELECT bidder, ms, coalesce(ms - lag(ms) OVER (PARTITION BY bidder ORDER BY ms) > 10000, true)::INT AS begins
                      FROM bid))
          GROUP BY bidder, session`,
    groupBy: ['bid_bidder'],
    exact: ['bids'],
  },
  q15: {
    aggregate: 'bidding_statistics',
    sql: `SELECT ${DAY}, ${BIDS}, ${DISTINCT} FROM bid GROUP BY ALL`,
    groupBy: [],
    exact: bidMetrics,
    distinct: distinctMetrics,
  },
  q16: {
    aggregate: 'channel_statistics',
    sql: `SELECT ${DAY}, channel AS bid_channel, max(strftime("dateTime", '%H:%M')) AS minute, ${BIDS}, ${DISTINCT}
          FROM bid GROUP BY ALL`,
    groupBy: ['bid_channel'],
    exact: ['minute', ...bidMetrics],
    distinct: distinctMetrics,
  },
  q17: {
    aggregate: 'auction_statistics',
    // A sum of integers is exact, and so is a mean that is rounded once.
    sql: `SELECT ${DAY}, auction AS bid_auction, ${BIDS}, min(price) AS min_price, max(price) AS max_price,
                 sum(price)::DOUBLE / count(*) AS avg_price, sum(price)::BIGINT AS sum_price
          FROM bid GROUP BY ALL`,
    groupBy: ['bid_auction'],
    exact: [...bidMetrics, 'min_price', 'max_price', 'avg_price', 'sum_price'],
  },
} satisfies Record<string, Expectation>;

/** Makes the table `arrival` of the bids as a stream has them. */
export async function loadArrivals(db: DuckDb, arrivalsFile: string): Promise<void> {
  await db.run(`CREATE OR REPLACE TABLE arrival AS
    SELECT * FROM read_json('${arrivalsFile}', format = 'newline_delimited',
                            columns = {bidder: 'BIGINT', ms: 'BIGINT'})`);
}

/** Query 12, over the bids by their arrival. */
export const BY_ARRIVAL: Expectation = {
  aggregate: 'bids_by_arrival',
  sql: `SELECT ${TEN_SECONDS}, bidder AS bid_bidder, count(*) AS bids FROM arrival GROUP BY ALL`,
  groupBy: ['bid_bidder'],
  exact: ['bids'],
};

/** Query 5 as Nexmark has it: of each window, the auctions that no other has more bids than. */
export const HOTTEST = `
  SELECT start, auction, bids
  FROM (SELECT start, auction, count(*) AS bids FROM (${HOPS}) GROUP BY ALL)
  QUALIFY bids = max(bids) OVER (PARTITION BY start)
  ORDER BY start, auction`;
