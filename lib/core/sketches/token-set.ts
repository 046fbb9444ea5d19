/** A power of two. */
const SLOTS_AT_FIRST = 8;

/** A set of 32-bit numbers other than 0, in one array: 6 to 11 bytes each, where a `Set` takes about 40. */
export class TokenSet {
  /** Open addressing, linear probing; 0 is a free slot. At most three quarters are taken. */
  #slots = new Uint32Array(SLOTS_AT_FIRST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(token: number): void {
    if (!insert(this.#slots, token)) return;
    this.#size += 1;
    if (4 * this.#size > 3 * this.#slots.length) this.#grow();
  }

  /** All of them, in ascending order. */
  sorted(): Uint32Array {
    const tokens = new Uint32Array(this.#size);
    let size = 0;
    for (const token of this.#slots) if (token !== 0) tokens[size++] = token;
    return tokens.sort();
  }

  /** All of them, in any order. */
  forEach(visit: (token: number) => void): void {
    for (const token of this.#slots) if (token !== 0) visit(token);
  }

  #grow(): void {
    const slots = new Uint32Array(2 * this.#slots.length);
    for (const token of this.#slots) if (token !== 0) insert(slots, token);
    this.#slots = slots;
  }
}

/** Whether it was not there yet. */
function insert(slots: Uint32Array, token: number): boolean {
  const mask = slots.length - 1;
  // Fibonacci hashing: the low bits of tokens are nearly all the same.
  let at = (Math.imul(token, 0x9e3779b1) >>> 8) & mask;
  for (;;) {
    const there = slots[at];
    if (there === token) return false;
    if (there === 0) {
      slots[at] = token;
      return true;
    }
    at = (at + 1) & mask;
  }
}
