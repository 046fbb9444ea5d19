/** A power of two. */
const SLOTS_AT_FIRST = 64;
/** Taken slots, of all, at most: linear probing gets slow beyond. */
const FILL_MAX = 0.6;
const BYTES_A_SLOT = 12;

/**
 * When each id was seen last, in seconds since 1970: a hash table of typed arrays, 20 to 40 bytes an id, where a `Map`
 * takes over 100. An id that is set again keeps the later second.
 */
export class IdTable {
  /** Open addressing. A slot is free where its second is 0, so that every hash may be in the table. */
  #highs = new Uint32Array(SLOTS_AT_FIRST);
  #lows = new Uint32Array(SLOTS_AT_FIRST);
  #seconds = new Uint32Array(SLOTS_AT_FIRST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#seconds.length * BYTES_A_SLOT;
  }

  /** 0 where the id is not in the table. */
  get(high: number, low: number): number {
    return this.#seconds[this.#slotOf(high, low)] as number;
  }

  /** `second` is 1 or more. */
  set(high: number, low: number, second: number): void {
    const slot = this.#slotOf(high, low);
    const before = this.#seconds[slot] as number;
    if (before >= second) return;
    this.#highs[slot] = high;
    this.#lows[slot] = low;
    this.#seconds[slot] = second;
    if (before > 0) return;
    this.#size += 1;
    if (this.#size > FILL_MAX * this.#seconds.length) this.#rebuild(0);
  }

  /** Forgets the ids that were seen before `second`. */
  forgetBefore(second: number): void {
    this.#rebuild(second);
  }

  #rebuild(from: number): void {
    const [highs, lows, seconds] = [this.#highs, this.#lows, this.#seconds];
    let kept = 0;
    for (const second of seconds) if (second > 0 && second >= from) kept += 1;
    let slots = SLOTS_AT_FIRST;
    // Room for as many again before the next time.
    while (kept > (FILL_MAX / 2) * slots) slots *= 2;
    this.#highs = new Uint32Array(slots);
    this.#lows = new Uint32Array(slots);
    this.#seconds = new Uint32Array(slots);
    this.#size = kept;
    for (let old = 0; old < seconds.length; old++) {
      const second = seconds[old] as number;
      if (second === 0 || second < from) continue;
      const slot = this.#slotOf(highs[old] as number, lows[old] as number);
      this.#highs[slot] = highs[old] as number;
      this.#lows[slot] = lows[old] as number;
      this.#seconds[slot] = second;
    }
  }

  /** The id's slot, or the free one where it would be. */
  #slotOf(high: number, low: number): number {
    const mask = this.#seconds.length - 1;
    let slot = low & mask;
    while (this.#seconds[slot] !== 0 && !(this.#highs[slot] === high && this.#lows[slot] === low)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
