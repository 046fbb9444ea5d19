/** A session straight from the events' times. */
export interface NaiveSession<Event> {
  readonly group: string;
  readonly start: number;
  readonly end: number;
  readonly events: readonly Event[];
}

/**
 * The sessions of some events by their definition: each group's events by time, apart where more than `gapMs` lies
 * between two; and where such a series began more than `longestMs` before a multiple of that, apart there as well.
 */
export function naiveSessions<Event extends { readonly at: number; readonly group: string }>(
  events: readonly Event[],
  gapMs: number,
  longestMs: number,
): NaiveSession<Event>[] {
  const sessions: NaiveSession<Event>[] = [];
  for (const group of new Set(events.map((event) => event.group))) {
    const own = events.filter((event) => event.group === group).sort((a, b) => a.at - b.at);
    let seriesStart = Number.NaN;
    let cutAt = Number.NaN;
    let now: Event[] = [];
    const end = (nextCut = Number.POSITIVE_INFINITY) => {
      const [first, last] = [now[0], now.at(-1)];
      if (first === undefined || last === undefined) return;
      sessions.push({ group, start: first.at, end: Math.min(last.at + gapMs, nextCut), events: now });
      now = [];
    };
    for (const event of own) {
      const before = now.at(-1);
      if (before === undefined || event.at - before.at > gapMs) {
        end();
        seriesStart = event.at;
        cutAt = Number.NaN;
      }
      const multiple = Math.floor(event.at / longestMs) * longestMs;
      if (multiple - longestMs > seriesStart && multiple !== cutAt) {
        end(multiple);
        cutAt = multiple;
      }
      now.push(event);
    }
    end();
  }
  return sessions.sort((a, b) => a.start - b.start || (a.group < b.group ? -1 : 1));
}
