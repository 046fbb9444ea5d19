import type { WindowRange } from '#app/ports/table.ts';
import type { WindowStart } from '#core/brand.ts';

/** Where a query goes on, how many items it gives at most, and how far they may be out of date. */
export interface Paging {
  readonly after?: string | undefined;
  readonly itemsMax: number;
  /** Of items that were written less than so long ago, the ones before them are given. */
  readonly staleMs?: number;
}

/** One page of a query, and where the next goes on; nothing where it was the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

/** An item, when it was written, and the one that it has replaced: for those who read copies that are out of date. */
interface Stored<Item> {
  readonly windowStart: WindowStart;
  readonly place: string;
  readonly item: Item | undefined;
  readonly before: Item | undefined;
  readonly timeMs: number;
}

/** Items of one kind in partitions, in the order of their windows and, within one, of a text. */
export class WindowItems<Item> {
  readonly #partitions = new Map<string, Map<string, Stored<Item>>>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** What another has now. */
  takeOver(other: WindowItems<Item>): void {
    for (const [partition, items] of other.#partitions) this.#partitions.set(partition, new Map(items));
  }

  get(partition: string, windowStart: WindowStart, beside = ''): Item | undefined {
    return this.#partitions.get(partition)?.get(placeOf(windowStart, beside))?.item;
  }

  put(partition: string, windowStart: WindowStart, item: Item | undefined, beside = ''): void {
    let items = this.#partitions.get(partition);
    if (items === undefined) {
      items = new Map();
      this.#partitions.set(partition, items);
    }
    const place = placeOf(windowStart, beside);
    const before = items.get(place)?.item;
    items.set(place, { windowStart, place, item, before, timeMs: this.#nowMs() });
  }

  delete(partition: string, windowStart: WindowStart): void {
    this.#partitions.get(partition)?.delete(placeOf(windowStart, ''));
  }

  /** All items of all partitions, in no order. */
  all(): Item[] {
    const stored = [...this.#partitions.values()].flatMap((items) => [...items.values()]);
    return stored.map(({ item }) => item).filter((item) => item !== undefined);
  }

  page(
    partition: string,
    { from, to }: WindowRange,
    { after = '', itemsMax, staleMs = 0 }: Paging,
  ): Page<Item> {
    const all = this.#partitions.get(partition) ?? new Map<string, Stored<Item>>();
    const found = [...all.values()]
      .filter(
        ({ windowStart, place }) =>
          place > after &&
          (from === undefined || windowStart >= from) &&
          (to === undefined || windowStart < to),
      )
      .sort((a, b) => (a.place < b.place ? -1 : 1));
    const page = found.slice(0, itemsMax);
    const items = page
      .map(({ item, before, timeMs }) => (this.#nowMs() - timeMs < staleMs ? before : item))
      .filter((item) => item !== undefined);
    return { items, next: found.length > itemsMax ? page.at(-1)?.place : undefined };
  }
}

/** The items of all pages. */
export async function* allPages<Item>(
  read: (after: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<Item> {
  let after: string | undefined;
  do {
    const page: Page<Item> = await read(after);
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

/** Above all times that windows may have, and below: added, all have as many digits. */
const SHIFT_MS = 5e15;

function placeOf(windowStart: WindowStart, beside: string): string {
  return `${SHIFT_MS + windowStart}|${beside}`;
}
