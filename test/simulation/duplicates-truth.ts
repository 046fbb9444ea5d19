import type { Counted } from './fault-kinds.ts';
import type { Plan } from './plan.ts';
import type { ArrivedEvent } from './timeliness-truth.ts';

interface Seen {
  readonly second: number;
  readonly isBad: boolean;
  readonly isOfAncestor: boolean;
}

/** Which of some events are duplicates, and what is seen after them. */
export interface Told {
  readonly isDuplicate: readonly boolean[];
  readonly signs: readonly Counted[];
  readonly seen: ReadonlyMap<string, Seen>;
  readonly second: number;
}

/**
 * The rule of duplicates written down a second time, in the plainest way: all ids that the shard and its ancestors
 * ever saw, with the second in which each was seen first, by a clock that is the latest arrival so far. An event is a
 * duplicate if its id was seen no longer ago than the horizon; else it is the first again.
 */
export class DuplicatesTruth {
  readonly #plan: Plan;
  readonly #parents: readonly DuplicatesTruth[];
  #own: { seen: ReadonlyMap<string, Seen>; second: number } | undefined;

  constructor(plan: Plan, parents: readonly DuplicatesTruth[]) {
    this.#plan = plan;
    this.#parents = parents;
  }

  /**
   * What becomes of events that come next. `crashed`: all of them are rejected for bad luck, as
   * this one event. `held`: places among them of those that were left out whole: what kills later has not been met.
   */
  tell(
    events: readonly ArrivedEvent[],
    crashed?: { readonly isWhole: boolean },
    held: ReadonlySet<number> = new Set(),
  ): Told {
    const { duplicates } = this.#plan;
    const before = this.#state();
    const seen = new Map(before.seen);
    let { second } = before;
    const signs: Counted[] = [];
    const isDuplicate = events.map(({ event, arrivalMs }, i) => {
      if (duplicates === undefined || event.verdict === 'canary') return false;
      second = Math.max(second, Math.floor(arrivalMs / 1000));
      const { id, killsLate, verdict, whole } = event;
      // The function dies of it before it looks at its id, or it was rejected without having come so far.
      const isUnseen = crashed !== undefined || (verdict === 'crashed' && !killsLate);
      const key =
        whole === undefined
          ? duplicates.byEvent && id !== undefined
            ? `event ${id}`
            : undefined
          : `record ${whole.id}`;
      if (key === undefined) return false;
      const first = seen.get(key);
      const isWithin = first !== undefined && (second - first.second) * 1000 <= duplicates.withinMs;
      if (isWithin && !isUnseen) {
        signs.push('duplicate');
        if (first.isBad) signs.push('duplicate_of_bad');
        if (first.isOfAncestor) signs.push('duplicate_of_ancestor');
        if (whole !== undefined) signs.push('duplicate_record');
        return true;
      }
      if (isWithin) return false;
      if (first !== undefined && !isUnseen) signs.push('horizon_passed');
      // Of what died, nothing is known but that the record is over.
      const isSeen =
        whole === undefined
          ? (verdict !== 'crashed' || held.has(i)) && crashed === undefined
          : whole.isLast && crashed?.isWhole !== true;
      if (isSeen) seen.set(key, { second, isBad: verdict !== 'good', isOfAncestor: false });
      return false;
    });
    return { isDuplicate, signs, seen, second };
  }

  advance({ seen, second }: Told): void {
    this.#own = { seen, second };
  }

  #state(): { seen: ReadonlyMap<string, Seen>; second: number } {
    if (this.#own !== undefined) return this.#own;
    const seen = new Map<string, Seen>();
    let second = 0;
    for (const parent of this.#parents) {
      const of = parent.#state();
      second = Math.max(second, of.second);
      for (const [key, each] of of.seen) {
        const known = seen.get(key);
        if (known === undefined || known.second < each.second) seen.set(key, { ...each, isOfAncestor: true });
      }
    }
    return { seen, second };
  }
}
