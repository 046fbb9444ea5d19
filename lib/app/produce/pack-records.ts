/** The data of one record, and how many events it carries. */
export interface PackedRecord {
  readonly data: Uint8Array;
  readonly events: number;
}

export interface PackLimits {
  /** Compressed bytes that a record should come close to and not go beyond; a single item may. */
  readonly recordBytesTarget: number;
  readonly eventsMax: number;
  /** JSON bytes of the items gathered for a record: bounds what is held, and what a reader must decompress. */
  readonly jsonBytesMax: number;
}

/** Aims a little low: going over costs compressing the same items once more, in parts. */
const FILL = 0.95;
/** Compressed size over JSON size before anything was packed: about that of small events with few distinct values. */
const RATIO_AT_FIRST = 0.2;
/** How far a record's ratio moves the estimate. One that was more than a record took counts in full. */
const RATIO_STEP = 0.5;

/**
 * Gathers items for a record and packs them when its compressed size should be near the target. How well items
 * compress is learnt from the records before; where the estimate was too low, the items are packed in equal parts.
 */
export class OpenRecord<Item> {
  readonly #encode: (items: readonly Item[]) => Uint8Array;
  readonly #limits: PackLimits;
  readonly #nowMs: () => number;
  #items: Item[] = [];
  #jsonBytes = 0;
  #openedMs = Infinity;
  #ratio = RATIO_AT_FIRST;

  constructor(encode: (items: readonly Item[]) => Uint8Array, limits: PackLimits, nowMs: () => number) {
    this.#encode = encode;
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** When the first of the items came; `Infinity` while there is none. */
  get openedMs(): number {
    return this.#openedMs;
  }

  /** At least the JSON bytes of the items gathered. */
  get jsonBytes(): number {
    return this.#jsonBytes;
  }

  /** Adds an item; returns the records that are full now. Items keep their order within and over records. */
  add(item: Item, jsonBytes: number): PackedRecord[] {
    const { recordBytesTarget, eventsMax, jsonBytesMax } = this.#limits;
    const before = this.#jsonBytes + jsonBytes > jsonBytesMax ? this.seal() : [];
    if (this.#items.length === 0) this.#openedMs = this.#nowMs();
    this.#items.push(item);
    this.#jsonBytes += jsonBytes;
    const full = this.#jsonBytes * this.#ratio >= recordBytesTarget * FILL;
    return full || this.#items.length >= eventsMax ? [...before, ...this.#seal(full)] : before;
  }

  /** Packs what has been gathered: no record if nothing was, more than one if it is more than one can take. */
  seal(): PackedRecord[] {
    return this.#items.length === 0 ? [] : this.#seal(false);
  }

  #seal(full: boolean): PackedRecord[] {
    const records = this.#pack(this.#items);
    // Not from a record that time cut short: small ones compress worse, and would make the next ones small.
    if (full || records.length > 1) {
      const bytes = records.reduce((sum, record) => sum + record.data.length, 0);
      this.#ratio += (bytes / this.#jsonBytes - this.#ratio) * (records.length > 1 ? 1 : RATIO_STEP);
    }
    this.#items = [];
    this.#jsonBytes = 0;
    this.#openedMs = Infinity;
    return records;
  }

  #pack(items: readonly Item[]): PackedRecord[] {
    const data = this.#encode(items);
    const fits = data.length <= this.#limits.recordBytesTarget;
    if (fits || items.length === 1) return [{ data, events: items.length }];
    const parts = Math.ceil(data.length / (this.#limits.recordBytesTarget * FILL));
    const size = Math.ceil(items.length / Math.max(2, parts));
    const records: PackedRecord[] = [];
    for (let start = 0; start < items.length; start += size) {
      records.push(...this.#pack(items.slice(start, start + size)));
    }
    return records;
  }
}
