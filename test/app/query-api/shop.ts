import { count, definePipeline, max, sum, tumbling } from 'weir';
import { sha256 } from '#adapters/sha256.ts';
import type { HttpRequest, HttpResponse } from '#app/http/http.ts';
import type { AggregateRow } from '#app/query/aggregate-rows.ts';
import type { WindowState } from '#app/query/answer-aggregate.ts';
import type { AnswerAggregate, QueryApiDeps } from '#app/query-api/deps.ts';
import { answerQuery } from '#app/query-api/query-api.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import type { GroupValue } from '#core/pipeline/pipeline.ts';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';

export const HOUR = 3_600_000;
/** Where the tests' windows begin: a whole day. */
export const START = Date.parse('2026-01-10T00:00:00Z');

interface Sale {
  readonly at: number;
  readonly shop: GroupValue;
  readonly euros: number;
}

const schema: StandardSchema<unknown, Sale> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as Sale }) },
};

export const pipeline = definePipeline({
  name: 'sales',
  schema,
  eventTime: ({ at }) => at,
  aggregates: {
    by_shop: {
      groupBy: ['shop'],
      window: tumbling('1h', { rollup: ['1d'] }),
      metrics: { sales: count(), euros: sum('euros'), dearest: max('euros') },
    },
    all: { groupBy: [], window: tumbling('1h'), metrics: { sales: count() } },
  },
});

/** A group's values in a window. `hour` counts from `START`. */
export interface Cell {
  readonly hour: number;
  readonly shop: GroupValue;
  readonly sales: number;
  readonly euros: number;
  readonly dearest: number | null;
}

/** What an aggregate's row of a cell is. */
export function rowOf({ hour, shop, ...metrics }: Cell): AggregateRow {
  const windowStart = START + hour * HOUR;
  return { group: { shop }, windowStart, windowEnd: windowStart + HOUR, metrics };
}

/** The same as a JSON answer has it. */
export function shownOf(cell: Cell) {
  const { group, windowEnd, windowStart } = rowOf(cell);
  const { sales, euros, dearest } = cell;
  const iso = (time: number) => new Date(time).toISOString();
  return { group, windowStart: iso(windowStart), windowEnd: iso(windowEnd), sales, euros, dearest };
}

/** Nothing is wrong, and nothing has come. */
export const allWell: QueryApiDeps['health'] = async () => ({
  ok: true,
  checks: [{ name: 'table', ok: true, ms: 3 }],
  freshness: { newestEvent: null, watermark: null, finalThrough: null },
});

/** An API over values that are made up: those of `by_shop`; windows before `finalHour` are final. */
export class ShopApi {
  cells: readonly Cell[];
  finalHour = Number.NEGATIVE_INFINITY;
  amendedHours: readonly number[] = [];
  newestEvent: number | null;
  now = START + 100 * HOUR;
  deadline = Number.POSITIVE_INFINITY;
  health = allWell;
  basePath = '';
  /** Reads so far, as [hours from, hours to). */
  readonly reads: [number, number][] = [];
  failure: Error | undefined;
  readonly unavailable: string[] = [];

  constructor(cells: readonly Cell[]) {
    this.cells = inOrder(cells);
    const newest = Math.max(...cells.map(({ hour }) => hour));
    this.newestEvent = cells.length === 0 ? null : START + newest * HOUR + 5 * 60_000;
  }

  /** The end of what is final, unless windows are still to be closed. */
  watermarkHour: number | undefined;

  get watermark(): number | null {
    const hour = this.watermarkHour ?? this.finalHour;
    return Number.isFinite(hour) ? START + hour * HOUR : null;
  }

  readonly #answer: AnswerAggregate = async (aggregate, levelMs, { from = 0, to = 0 }) => {
    if (this.failure !== undefined) throw this.failure;
    this.reads.push([(from - START) / HOUR, (to - START) / HOUR]);
    const isHere = (row: AggregateRow) => row.windowStart >= from && row.windowStart < to;
    const rows = aggregate.name === 'by_shop' && levelMs === HOUR ? this.cells.map(rowOf).filter(isHere) : [];
    const starts = [...new Set(rows.map(({ windowStart }) => windowStart))];
    return {
      rows,
      windows: starts.map((start) => this.#windowState(start)),
      watermark: this.watermark as EpochMs | null,
      newestEvent: this.newestEvent as EpochMs | null,
    };
  };

  /** Sums and greatest values, by adding up and comparing. */
  readonly #together: QueryApiDeps['together'] = async (aggregate, levelMs, range) => {
    const { newestEvent, rows, watermark, windows } = await this.#answer(aggregate, levelMs, range);
    const shops = new Map<string, AggregateRow>();
    for (const row of rows) {
      const key = JSON.stringify(row.group);
      const before = shops.get(key);
      const [m, n] = [row.metrics, before?.metrics ?? { sales: 0, euros: 0, dearest: null }];
      const dearest = [m['dearest'], n['dearest']].filter((value) => typeof value === 'number');
      shops.set(key, {
        group: row.group,
        ...{ windowStart: range.from, windowEnd: range.to },
        metrics: {
          sales: Number(m['sales']) + Number(n['sales']),
          euros: Number(m['euros']) + Number(n['euros']),
          dearest: dearest.length === 0 ? null : Math.max(...dearest),
        },
      });
    }
    const keys = [...shops.keys()].sort();
    const window = {
      windowStart: range.from,
      windowEnd: range.to as number as EpochMs,
      final: range.to <= START + this.finalHour * HOUR,
      amended: windows.some(({ amended }) => amended),
    };
    return {
      rows: keys.flatMap((key) => shops.get(key) ?? []),
      windows: rows.length === 0 ? [] : [window],
      ...{ newestEvent, watermark },
    };
  };

  #windowState(start: number): WindowState {
    const hour = (start - START) / HOUR;
    const final = hour < this.finalHour;
    return {
      windowStart: start as WindowStart,
      windowEnd: (start + HOUR) as EpochMs,
      final,
      amended: final && this.amendedHours.includes(hour),
    };
  }

  get deps(): QueryApiDeps {
    return {
      pipeline,
      answer: this.#answer,
      together: this.#together,
      now: () => this.now,
      hash: sha256,
      health: () => this.health(),
      onUnavailable: ({ message }) => this.unavailable.push(message),
    };
  }

  /** `target` is a path with a query. */
  get(target: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<HttpResponse> {
    const call = { deadline: this.deadline, basePath: this.basePath };
    return answerQuery(this.deps, { ...requestOf(target, headers), method }, call);
  }

  async json<Body>(target: string, headers?: Readonly<Record<string, string>>): Promise<Body> {
    const { body, status } = await this.get(target, headers);
    if (status !== 200) throw new Error(`${status}: ${String(body)}`);
    return JSON.parse(String(body)) as Body;
  }
}

export function requestOf(target: string, headers: Readonly<Record<string, string>> = {}): HttpRequest {
  const url = new URL(target, 'http://api');
  const query = new Map<string, string[]>();
  for (const [name, value] of url.searchParams) query.set(name, [...(query.get(name) ?? []), value]);
  return {
    method: 'GET',
    path: url.pathname,
    pathParameters: {},
    query,
    headers,
    body: new Uint8Array(),
    client: undefined,
  };
}

/** As `queryAggregate` gives rows: by window, then by group. */
export function inOrder(cells: readonly Cell[]): Cell[] {
  const order = ({ shop }: Cell) => JSON.stringify([shop]);
  return cells.toSorted(
    (a, b) => a.hour - b.hour || (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0),
  );
}

/** What JSON answers of one aggregate have. */
export interface ShownAnswer {
  readonly pipeline: string;
  readonly aggregate: string;
  readonly level: string;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly window?: string | null;
  readonly groups?: number;
  readonly freshness: {
    readonly newestEvent: string | null;
    readonly ageMs: number | null;
    readonly watermark: string | null;
  };
  readonly holes: readonly unknown[];
  readonly windows: readonly {
    readonly windowStart: string;
    readonly windowEnd: string;
    readonly final: boolean;
    readonly amended: boolean;
  }[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly next: string | null;
}
