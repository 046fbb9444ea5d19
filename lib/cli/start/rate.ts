/** Commits come a batch at a time: over less than this, the rate would jump up and down. */
const SPAN_MS = 5000;

/** How fast a counter rises, over the last few seconds. */
export class Rate {
  #samples: { readonly atMs: number; readonly count: number }[] = [];

  /** Takes the counter's value at a time, and gives its rise a second. */
  at(atMs: number, count: number): number {
    this.#samples.push({ atMs, count });
    // The newest sample that is old enough stays, to measure from.
    while ((this.#samples[1]?.atMs ?? atMs) <= atMs - SPAN_MS) this.#samples.shift();
    const first = this.#samples[0] ?? { atMs, count };
    return atMs === first.atMs ? 0 : ((count - first.count) * 1000) / (atMs - first.atMs);
  }
}
