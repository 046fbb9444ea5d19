import type { GroupKey, WindowStart } from '#core/brand.ts';
import type { GroupTable, Layout } from '#core/group-table.ts';
import type { MetricValue } from '#core/metrics/metric-kind.ts';
import type { SessionWindow } from '#core/pipeline/pipeline.ts';
import { boundsIn } from './session-bounds.ts';

/** What is known of all groups in one pane, a stretch of time as long as the gap. */
export interface Pane {
  readonly start: WindowStart;
  /** With the columns of `SESSION_BOUNDS`. */
  readonly table: GroupTable;
  /** Groups of which something came late. */
  readonly late: ReadonlySet<GroupKey>;
}

/** A session that has been put together. */
export interface Session {
  readonly group: GroupKey;
  /** Its first event, in epoch milliseconds. */
  readonly start: number;
  /** Its last event and the gap after it; or where it was cut, if that is earlier. */
  readonly end: number;
  /** It went on for too long and was cut there. */
  readonly isCut: boolean;
  /** Something of it came late. */
  readonly hasLate: boolean;
}

interface OpenSession {
  readonly group: GroupKey;
  readonly start: number;
  /** When the group's unbroken series of events began, of which earlier sessions may have been cut off. */
  readonly seriesStart: number;
  /** Its row among the values; none where the session is not asked for. */
  readonly key: GroupKey | undefined;
  last: number;
  paneStart: number;
  cutAt: number | null;
  hasLate: boolean;
}

/**
 * Puts the sessions together that begin in a range, from panes by increasing time.
 *
 * Why panes of the gap's length are enough: all events of a group in one are less than a gap apart, so they are in one
 * session; and events that are not in neighbouring panes are more than a gap apart. So what is stored is merged group
 * by group, in any order, as with any window; and whether two neighbours are one session follows from the last event
 * of the one and the first of the other, here.
 *
 * A session that has gone on for longer than `longestMs` is cut at the next multiple of that: an answer must end, and
 * where it is cut must follow from what is near, wherever reading begins.
 */
export class SessionJoiner {
  readonly #window: SessionWindow;
  readonly #from: number;
  readonly #to: number;
  /** Of the groups whose events before the first pane go on in it: when that unbroken series began. */
  readonly #seriesBefore: ReadonlyMap<GroupKey, number>;
  /** By group; what is not in the newest pane has ended. */
  readonly #open = new Map<GroupKey, OpenSession>();
  readonly #found: OpenSession[] = [];
  #values: GroupTable | undefined;
  #isFirst = true;

  /** Sessions whose first event is at `from` or later and before `to`, in epoch milliseconds. */
  constructor(
    window: SessionWindow,
    { from, to }: { readonly from: number; readonly to: number },
    seriesBefore: ReadonlyMap<GroupKey, number> = new Map(),
  ) {
    this.#window = window;
    this.#from = from;
    this.#to = to;
    this.#seriesBefore = seriesBefore;
  }

  /** Takes the next pane that there is. */
  take({ start, table, late }: Pane): void {
    this.#values ??= table.emptyLike();
    const bounds = boundsIn(table, start);
    this.#values.mergeFrom(table, (group) => {
      const { first, last } = bounds(table.row(group));
      const session = this.#sessionWith(group, start, first);
      session.last = last;
      session.paneStart = start;
      session.hasLate ||= late.has(group);
      return session.key;
    });
    for (const [group, { paneStart }] of this.#open) if (paneStart < start) this.#open.delete(group);
    this.#isFirst = false;
  }

  /** Of the values. */
  get layout(): Layout {
    return this.#values?.layout ?? [];
  }

  /** Whether a session that is asked for may have more of it in the pane that begins here. */
  goesOnAt(paneStart: number): boolean {
    const before = paneStart - this.#window.everyMs;
    for (const open of this.#open.values()) {
      if (open.key !== undefined && open.paneStart === before) return true;
    }
    return false;
  }

  /** The sessions with their values, in the layout's order; to be called once, when all panes were taken. */
  *sessions(): Generator<Session & { readonly values: readonly MetricValue[] }> {
    const { sizeMs } = this.#window;
    for (const { cutAt, group, hasLate, key, last, start } of this.#found) {
      if (key === undefined || this.#values === undefined) continue;
      const end = Math.min(last + sizeMs, cutAt ?? Number.POSITIVE_INFINITY);
      const values = this.#values.values(this.#values.row(key), end - start);
      yield { group, start, end, isCut: cutAt !== null, hasLate, values };
    }
  }

  /** The session that a group's events of a pane, the first of them at `first`, go on with or begin. */
  #sessionWith(group: GroupKey, paneStart: number, first: number): OpenSession {
    const { longestMs, sizeMs } = this.#window;
    const open = this.#open.get(group);
    const before = open !== undefined && first - open.last <= sizeMs ? open : undefined;
    const seriesStart = before?.seriesStart ?? (this.#isFirst ? this.#seriesBefore.get(group) : undefined);
    if (seriesStart === undefined) return this.#begin(group, first, first);
    if (paneStart % longestMs === 0 && seriesStart < paneStart - longestMs) {
      if (before !== undefined) before.cutAt = paneStart;
      return this.#begin(group, first, seriesStart);
    }
    // Where nothing is known of it but that it began before the first pane, it is not asked for.
    return before ?? this.#begin(group, seriesStart, seriesStart);
  }

  #begin(group: GroupKey, start: number, seriesStart: number): OpenSession {
    const isAskedFor = start >= this.#from && start < this.#to;
    const key = isAskedFor ? (String(this.#found.length) as GroupKey) : undefined;
    const hasLate = false;
    const session = { group, start, seriesStart, key, last: start, paneStart: start, cutAt: null, hasLate };
    if (isAskedFor) this.#found.push(session);
    this.#open.set(group, session);
    return session;
  }
}

/**
 * Looks back from the groups of a pane, pane by pane, to where their unbroken series of events began; only of those that
 * go back beyond it. `before` gives the panes before it by decreasing time, and may leave out those without events: what
 * is beyond such a one is more than a gap away.
 */
export async function seriesBefore(
  { sizeMs }: SessionWindow,
  pane: Pane,
  before: AsyncIterable<Pane>,
): Promise<ReadonlyMap<GroupKey, number>> {
  const starts = new Map<GroupKey, number>();
  let open = new Map<GroupKey, number>();
  const ofPane = boundsIn(pane.table, pane.start);
  for (const group of pane.table.keys()) open.set(group, ofPane(pane.table.row(group)).first);
  for await (const { start, table } of before) {
    const bounds = boundsIn(table, start);
    const goingOn = new Map<GroupKey, number>();
    for (const [group, firstAfter] of open) {
      if (!table.has(group)) continue;
      const { first, last } = bounds(table.row(group));
      if (firstAfter - last <= sizeMs) goingOn.set(group, first);
    }
    if (goingOn.size === 0) break;
    for (const [group, first] of goingOn) starts.set(group, first);
    open = goingOn;
  }
  return starts;
}

/** The earliest pane that decides what a session is that begins in the pane `paneStart` or later. */
export function lookBackTo(paneStart: number, { everyMs, longestMs }: SessionWindow): WindowStart {
  const firstCut = Math.ceil(paneStart / longestMs) * longestMs;
  return (firstCut - longestMs - everyMs) as WindowStart;
}
