import { LRUCache } from 'lru-cache';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import type { Aggregate, Level } from '#core/pipeline/pipeline.ts';
import type { CacheUse, MemoryCache } from '../ports/memory-cache.ts';
import type { Table, WindowRange } from '../ports/table.ts';

/** Of a function with 1,769 MB; an answer that is being made takes far more. */
const BYTES_MAX = 64 * 1024 * 1024;
/** What an entry takes beside its bytes, and its key's letters twice. */
const ENTRY_BYTES_BESIDE = 150;
/** Windows of one read that are looked up one by one; beyond that they are read as ever. */
const WINDOWS_MAX = 10_000;

/** A window that is final and of which nothing is stored. */
const EMPTY = new Uint8Array(0);

/** One window's final. */
export interface StoredFinal {
  readonly windowStart: WindowStart;
  readonly bytes: Uint8Array;
}

/**
 * Finals, kept in memory from read to read. A final never changes, and where a window that ends by `finalThrough` has
 * none it never gets one; so what is here is right for as long as the pipeline's items are those that it was read
 * from. What comes late, or is amended, is in other items, which are not kept here.
 */
export class FinalCache implements MemoryCache {
  readonly #finals: LRUCache<string, Uint8Array>;
  /** The furthest `finalThrough` that was met. */
  #through: EpochMs | null = null;
  #hits = 0;
  #misses = 0;

  /** `bytesMax`: what all entries may take together. */
  constructor(bytesMax: number = BYTES_MAX) {
    this.#finals = new LRUCache({
      maxSize: bytesMax,
      sizeCalculation: (bytes, key) => bytes.length + 2 * key.length + ENTRY_BYTES_BESIDE,
    });
  }

  get use(): CacheUse {
    return { bytes: this.#finals.calculatedSize, hits: this.#hits, misses: this.#misses };
  }

  shed(): void {
    this.#finals.clear();
  }

  /**
   * The finals of a level's windows in a range: those that are final by `finalThrough`, a registry's that was read
   * before, from memory where they are there; the others, and those that are not known yet, with one read of the table.
   */
  async read(
    table: Table,
    aggregate: Pick<Aggregate, 'name' | 'generation'>,
    level: Pick<Level, 'sizeMs' | 'everyMs'>,
    range: WindowRange,
    finalThrough: EpochMs | null,
  ): Promise<readonly StoredFinal[]> {
    this.#checkThrough(finalThrough);
    const settled = settledWindows(level, range, finalThrough);
    if (settled === undefined) return readFinals(table, aggregate, level, range);
    const keyOf = (start: number) => `${aggregate.name}|${aggregate.generation}|${level.sizeMs}|${start}`;
    const known: StoredFinal[] = [];
    let [firstMissing, lastMissing] = [settled.end, settled.end - level.everyMs];
    for (let start = settled.first; start < settled.end; start += level.everyMs) {
      const bytes = this.#finals.get(keyOf(start));
      if (bytes !== undefined) {
        this.#hits += 1;
        known.push({ windowStart: start as WindowStart, bytes });
      } else {
        this.#misses += 1;
        firstMissing = Math.min(firstMissing, start);
        lastMissing = start;
      }
    }
    // Beyond those there may be finals already, of which the registry does not tell yet.
    const isAllSettled = range.to !== undefined && range.to <= settled.end;
    const from = firstMissing as WindowStart;
    const to = isAllSettled ? ((lastMissing + 1) as WindowStart) : range.to;
    const read =
      isAllSettled && firstMissing === settled.end
        ? []
        : await readFinals(table, aggregate, level, { from, ...(to !== undefined && { to }) });
    const found = new Map(read.map(({ windowStart, bytes }) => [windowStart as number, bytes]));
    for (let start = firstMissing; start <= lastMissing; start += level.everyMs)
      this.#finals.set(keyOf(start), found.get(start) ?? EMPTY);
    const before = known.filter(({ windowStart, bytes }) => bytes !== EMPTY && !found.has(windowStart));
    return [...before, ...read];
  }

  /** It never goes back; where it has, these are the items of another table. */
  #checkThrough(finalThrough: EpochMs | null): void {
    if (this.#through !== null && (finalThrough === null || finalThrough < this.#through))
      this.#finals.clear();
    this.#through = finalThrough;
  }
}

/** Of a range, the windows that end by `finalThrough`: from the first one up to before `end`. */
function settledWindows(
  { sizeMs, everyMs }: Pick<Level, 'sizeMs' | 'everyMs'>,
  { from, to }: WindowRange,
  finalThrough: EpochMs | null,
): { readonly first: number; readonly end: number } | undefined {
  if (from === undefined || finalThrough === null) return undefined;
  const up = (time: number) => Math.ceil(time / everyMs) * everyMs;
  const first = up(from);
  const end = up(Math.min(to ?? Number.POSITIVE_INFINITY, finalThrough - sizeMs + 1));
  return first < end && (end - first) / everyMs <= WINDOWS_MAX ? { first, end } : undefined;
}

/** The finals of a level's windows in a range, as the table has them. */
export async function readFinals(
  table: Table,
  aggregate: Pick<Aggregate, 'name' | 'generation'>,
  { sizeMs }: Pick<Level, 'sizeMs'>,
  range: WindowRange,
): Promise<StoredFinal[]> {
  const finals: StoredFinal[] = [];
  for await (const { key, bytes } of table.readFinals(aggregate, sizeMs, range))
    finals.push({ windowStart: key.windowStart, bytes });
  return finals;
}
