/**
 * Seeded pseudo-random numbers, the same on any machine. Each use has a generator of its own, so that one that draws
 * more or less does not change what the others do: a seed with a fault switched off keeps its events.
 *
 * Source: Blackman, Vigna: Scrambled linear pseudorandom number generators (xoshiro128**).
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number, use: string) {
    let hash = seed >>> 0;
    const mix = (unit: number): number => {
      hash = Math.imul(hash ^ unit, 0x9e3779b1);
      hash ^= hash >>> 15;
      hash = Math.imul(hash, 0x85ebca6b);
      hash ^= hash >>> 13;
      return hash >>> 0;
    };
    mix(Math.floor(seed / 2 ** 32));
    for (let i = 0; i < use.length; i++) mix(use.charCodeAt(i));
    this.#a = mix(1);
    this.#b = mix(2);
    this.#c = mix(3);
    this.#d = mix(4) | 1; // never all zero
  }

  /** At least 0, less than 1. */
  next(): number {
    const scrambled = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return (scrambled >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `greatest`, both included. */
  int(least: number, greatest: number): number {
    return least + Math.floor(this.next() * (greatest - least + 1));
  }

  /**
   * A whole number from `least` (at least 1) to `greatest`, each doubling as likely as the others. Without powers and
   * logarithms, of which the last bit differs between machines.
   */
  magnitude(least: number, greatest: number): number {
    let doublings = 0;
    while (least * 2 ** (doublings + 1) <= greatest) doublings += 1;
    const from = least * 2 ** this.int(0, doublings);
    return this.int(from, Math.min(greatest, 2 * from - 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
