import { TopK } from '#core/sketches/top-k.ts';

/** Values that are told apart at a time: what has less than a hundredth of them is not what this looks for. */
const CAPACITY = 100;
/** With fewer, the share of the most frequent one is chance. */
const COUNTED_MIN = 100;

/** Finds how much of a sample its most frequent value has, in bounded memory. */
export class HotShare {
  readonly #top = TopK.empty({ capacity: CAPACITY });

  add(value: string): void {
    this.#top.add(value);
  }

  /** From 0 to 1, of what is certain of it: never more than the true share, and at most 1 % less. */
  get share(): number | undefined {
    const { total } = this.#top;
    const [hottest] = this.#top.items(1);
    if (total < COUNTED_MIN || hottest === undefined) return undefined;
    return (hottest.count - hottest.error) / total;
  }
}
