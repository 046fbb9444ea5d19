import type { LoadedPipeline } from '#cli/load-pipeline.ts';
import type { LocalRun } from '#cli/run/local-run.ts';
import { startQueryApi } from '#local/http-api/start-query-api.ts';

/** One of the auctions that had most bids in a window. */
export interface Hottest {
  /** Epoch milliseconds. */
  readonly start: number;
  readonly auction: number;
  readonly bids: number;
}

interface TopAnswer {
  readonly rows: readonly {
    readonly group: { readonly bid_auction: number };
    readonly windowStart: string;
    readonly bids: number;
  }[];
}

/** Query 5's answer, as a client gets it: of each of these windows the top over HTTP, and of that, all that are equal. */
export async function readHottest(
  { runtime: { environment } }: LocalRun,
  { file, pipeline }: LoadedPipeline,
  starts: readonly number[],
): Promise<Hottest[]> {
  const quiet = { onLog: () => {}, onMetrics: () => {} };
  const where = { pipelineFile: file, pipelineName: pipeline.name, environment, port: 0 };
  const api = await startQueryApi({ ...where, ...quiet });
  try {
    const hottest: Hottest[] = [];
    for (const start of starts) {
      const query = `by=bids&n=100&window=${new Date(start).toISOString()}`;
      const response = await fetch(`${api.url}/aggregates/hot_items/top?${query}`);
      if (!response.ok) throw new Error(`top gave ${response.status}: ${await response.text()}`);
      const { rows } = (await response.json()) as TopAnswer;
      for (const { bids, group, windowStart } of rows) {
        if (bids !== rows[0]?.bids) break;
        hottest.push({ start: Date.parse(windowStart), auction: group.bid_auction, bids });
      }
    }
    return hottest.sort((a, b) => a.start - b.start || a.auction - b.auction);
  } finally {
    await api.stop();
  }
}
