import type { Expectation } from '../against-duckdb/compare-rows.ts';

/** Views by campaign and 10 seconds, joined and counted by DuckDB. */
export function expectedViews(eventsFile: string, adsFile: string): Expectation {
  return {
    aggregate: 'views',
    sql: `SELECT (event_time // 10000) * 10000 AS start, campaign_id AS ad_campaign_id, count(*) AS views
          FROM read_json('${eventsFile}', format = 'newline_delimited',
                         columns = {ad_id: 'VARCHAR', event_type: 'VARCHAR', event_time: 'BIGINT'})
          JOIN read_csv('${adsFile}') USING (ad_id)
          WHERE event_type = 'view'
          GROUP BY ALL`,
    groupBy: ['ad_campaign_id'],
    exact: ['views'],
  };
}
