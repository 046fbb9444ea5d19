import { HotShare } from './hot-share.ts';

/** How many events lie from one that is looked at to the next, on average; more once much has come. */
const GAP = 16;
/** What is kept for an aggregate: a share needs no more, so that all beyond costs next to nothing. */
const KEPT_MAX = 1024;

/**
 * The groups of some of many events, by aggregate: of one event in so many, at irregular distances, since groups may take
 * turns at regular ones. Each event is as likely to be among them, and the same events always give the same.
 */
export class GroupSamples {
  readonly #groups: string[][];
  #gap = GAP;
  #left = GAP;
  #state = 1;

  constructor(aggregates: number) {
    this.#groups = Array.from({ length: aggregates }, () => []);
  }

  /** Called for each event: whether its groups are to be added. */
  isDue(): boolean {
    this.#left -= 1;
    if (this.#left > 0) return false;
    // A linear congruential generator (Numerical Recipes, 3rd edition, 7.1.4): its upper bits are even enough for this.
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    this.#left = 1 + Math.floor((this.#state / 2 ** 32) * (2 * this.#gap - 1));
    return true;
  }

  add(aggregate: number, group: string): void {
    const groups = this.#groups[aggregate];
    groups?.push(group);
    if (groups !== undefined && groups.length > KEPT_MAX) this.#thin();
  }

  /** How much of an aggregate's sample its most frequent group has, from 0 to 1; `undefined`: there is too little of it. */
  hotShare(aggregate: number): number | undefined {
    const hot = new HotShare();
    for (const group of this.#groups[aggregate] ?? []) hot.add(group);
    return hot.share;
  }

  /** Leaves out every other one, and takes half as many from now on. */
  #thin(): void {
    for (const [i, groups] of this.#groups.entries())
      this.#groups[i] = groups.filter((_, at) => at % 2 === 0);
    this.#gap *= 2;
  }
}
