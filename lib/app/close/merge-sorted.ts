/** Items of several sources that have the same key. */
export interface Same<Item> {
  readonly key: number;
  readonly items: readonly Item[];
}

/**
 * Brings together what several sources have under the same key, by increasing keys. Each source must have its items
 * in that order; of each, one item at a time is held.
 */
export async function* mergeSorted<Item>(
  sources: readonly AsyncIterable<Item>[],
  keyOf: (item: Item) => number,
): AsyncGenerator<Same<Item>> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const next = await Promise.all(iterators.map((iterator) => iterator.next()));
  for (;;) {
    const keys = next.flatMap((result) => (result.done ? [] : [keyOf(result.value)]));
    if (keys.length === 0) return;
    const key = Math.min(...keys);
    const items: Item[] = [];
    for (const [i, iterator] of iterators.entries()) {
      for (let result = next[i]; result !== undefined && !result.done; ) {
        if (keyOf(result.value) !== key) break;
        items.push(result.value);
        result = await iterator.next();
        next[i] = result;
      }
    }
    yield { key, items };
  }
}
