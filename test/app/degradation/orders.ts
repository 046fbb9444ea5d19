import { count, definePipeline, distinct, max, type Pipeline, sum, tumbling } from 'weir';
import type { WindowState } from '#app/query/answer-aggregate.ts';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import type { SchemaResult, StandardSchema } from '#core/pipeline/standard-schema.ts';
import { ARRIVAL } from '../../support/shard-world.ts';

/** An event of these tests. */
export interface Order {
  readonly at: number;
  readonly shop: string;
  readonly item: string;
  readonly amount: number;
  /** Low priority. */
  readonly isTest?: boolean;
}

export const MINUTE = 60_000;

/** One aggregate with essential metrics and others, one of essential ones alone, and one without any. */
export function orderPipeline(onPriority: () => void = () => {}): Pipeline {
  const validate = (value: unknown): SchemaResult<Order> => {
    const { amount, at, item, shop } = (value ?? {}) as Partial<Order>;
    const isOrder = typeof at === 'number' && typeof shop === 'string' && typeof item === 'string';
    if (!isOrder || typeof amount !== 'number') return { issues: [{ message: 'no order' }] };
    return { value: value as Order };
  };
  const schema: StandardSchema<unknown, Order> = { '~standard': { version: 1, vendor: 'test', validate } };
  return definePipeline({
    name: 'orders',
    schema,
    eventTime: ({ at }) => at,
    allowedLateness: '2m',
    capacity: { eventsPerSecond: 10 },
    priority: ({ isTest }) => {
      onPriority();
      return isTest ? 'low' : 'normal';
    },
    aggregates: {
      by_shop: {
        groupBy: ['shop'],
        window: tumbling('1m', { rollup: ['1h'] }),
        metrics: {
          orders: count({ essential: true }),
          turnover: sum('amount', { essential: true }),
          largest: max('amount'),
          items: distinct('item'),
        },
      },
      in_all: { groupBy: [], window: tumbling('1h'), metrics: { orders: count({ essential: true }) } },
      by_item: { groupBy: ['item'], window: tumbling('1h'), metrics: { orders: count() } },
    },
  });
}

export function order(minute: number, change: Partial<Order> = {}): Order {
  return { at: ARRIVAL - 3_600_000 + minute * MINUTE, shop: 's1', item: 'i1', amount: 1, ...change };
}

/** One aggregate's rows over some orders, added up one by one: all metrics, exact as long as items are few. */
export function naiveRows(aggregate: 'by_shop' | 'in_all' | 'by_item', orders: readonly Order[]) {
  const sizeMs = aggregate === 'by_shop' ? MINUTE : 60 * MINUTE;
  const cells = new Map<string, { start: number; group: Record<string, string>; orders: Order[] }>();
  for (const each of orders) {
    const start = each.at - (((each.at % sizeMs) + sizeMs) % sizeMs);
    const group: Record<string, string> =
      aggregate === 'by_shop' ? { shop: each.shop } : aggregate === 'by_item' ? { item: each.item } : {};
    const key = `${start}|${JSON.stringify(group)}`;
    const cell = cells.get(key) ?? { start, group, orders: [] };
    cell.orders.push(each);
    cells.set(key, cell);
  }
  return [...cells.values()]
    .sort((a, b) => a.start - b.start || (JSON.stringify(a.group) < JSON.stringify(b.group) ? -1 : 1))
    .map(({ group, orders: ofCell, start }): AggregateRow => {
      const amounts = ofCell.map(({ amount }) => amount);
      const metrics =
        aggregate === 'by_shop'
          ? {
              orders: ofCell.length,
              turnover: amounts.reduce((a, b) => a + b, 0),
              largest: Math.max(...amounts),
              items: new Set(ofCell.map(({ item }) => item)).size,
            }
          : { orders: ofCell.length };
      return { group, windowStart: start, windowEnd: start + sizeMs, metrics };
    });
}

export const allHoles = (windows: readonly WindowState[]) =>
  windows.reduce(
    (sum, { holes }) => ({
      reduced: sum.reduced + (holes?.reduced ?? 0),
      held: sum.held + (holes?.held ?? 0),
    }),
    { reduced: 0, held: 0 },
  );
