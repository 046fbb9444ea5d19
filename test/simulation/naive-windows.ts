import type { CountedEvent } from './counted-event.ts';
import { hasExtra, type Version } from './draw-change.ts';
import type { EventPart, TakenEvent } from './left-out.ts';
import { kindsGroup } from './naive-kinds.ts';
import type { Plan } from './plan.ts';
import type { AggregateName } from './simulated-pipeline.ts';

/** What is known of a group's events in one window. All inputs are whole numbers, so that plain sums are exact. */
export interface NaiveGroup {
  events: number;
  odd: number;
  total: number;
  least: number;
  /** Of those that contribute to `w`. */
  wLeast: number | null;
  wMost: number | null;
  most: number;
  /** Of those that contribute to `w`. */
  wEvents: number;
  wTotal: number;
  /** When the first and the last of them were, from the window's start. */
  first: number;
  last: number;
  /** The events themselves, where more is asked of them than these sums. */
  all: readonly CountedEvent[];
}

/** The groups of one window, by the JSON of their values. */
export class NaiveWindow extends Map<string, NaiveGroup> {
  /** Events of which only the essential metrics have something, and of which none has; what repairs add takes them off. */
  reduced = 0;
  held = 0;
}

/** Of an event of which there is nothing. */
const NOTHING: NaiveGroup = {
  events: 0,
  odd: 0,
  total: 0,
  least: Number.POSITIVE_INFINITY,
  most: Number.NEGATIVE_INFINITY,
  wLeast: null,
  wMost: null,
  wEvents: 0,
  wTotal: 0,
  first: Number.POSITIVE_INFINITY,
  last: Number.NEGATIVE_INFINITY,
  all: [],
};

/** What reduced events have, where some metrics are essential. An aggregate of essential metrics alone lacks nothing. */
const ESSENTIAL: Readonly<Record<AggregateName, 'all' | readonly (keyof NaiveGroup)[]>> = {
  by_group: ['events', 'total'],
  total: 'all',
  capped: [],
  visits: ['events'],
  details: [],
  kinds: [],
  extra: [],
};

/** How an aggregate of the simulation groups, written down a second time. */
const GROUP_OF: Readonly<Record<AggregateName, (event: CountedEvent) => string>> = {
  by_group: ({ g }) => JSON.stringify([g]),
  total: () => '[]',
  capped: ({ g, h }) => JSON.stringify([g, h]),
  visits: ({ g }) => JSON.stringify([g]),
  details: ({ h }) => JSON.stringify([h]),
  kinds: kindsGroup,
  extra: ({ h }) => JSON.stringify([h]),
};

/** Those of which the groups keep their events. */
const DETAILED: ReadonlySet<AggregateName> = new Set<AggregateName>(['details', 'kinds']);
const NONE: readonly CountedEvent[] = [];

/** The size of what an aggregate stores first: of its windows; of sessions, of the panes that they are made of. */
export function windowSizeMs(
  { change, details, lookups, sessionGapMs, windowsMs }: Plan,
  aggregate: AggregateName,
): number {
  const [byGroup, total, capped] = windowsMs;
  const sizes = {
    by_group: byGroup,
    total,
    capped,
    visits: sessionGapMs,
    details: details?.windowMs ?? 0,
    kinds: lookups?.windowMs ?? 0,
    extra: change?.aggregate === 'none' ? 0 : (change?.extraWindowMs ?? 0),
  };
  return sizes[aggregate];
}

/** How long what is stored first is kept, from its end on; 0: for good. */
export function retentionOf(plan: Plan, aggregate: AggregateName): number {
  const { retentionMs, sessionGapMs, sessionLongestMs } = plan;
  if (aggregate !== 'visits' || retentionMs === 0) return retentionMs;
  // Panes are kept until the longest session that begins in them may go.
  return retentionMs + 2 * sessionLongestMs + sessionGapMs;
}

/** Sizes of the windows for which an aggregate's values are kept: its own, and its roll-ups. */
export function levelsMs(plan: Plan, aggregate: AggregateName): number[] {
  const [byGroup, total, capped] = plan.rollupsMs;
  const details = plan.details?.rollupsMs ?? [];
  const kinds = plan.lookups?.rollupsMs ?? [];
  return [
    windowSizeMs(plan, aggregate),
    ...{ by_group: byGroup, total, capped, visits: [], details, kinds, extra: [] }[aggregate],
  ];
}

/** The aggregates that a version of a plan's pipeline has; without one, that either has. */
export function aggregatesOf(plan: Plan, version?: Version): AggregateName[] {
  const hasIt = (name: AggregateName) =>
    windowSizeMs(plan, name) > 0 &&
    (name !== 'extra' || version === undefined || hasExtra(plan.change, version));
  return (['by_group', 'total', 'capped', 'visits', 'details', 'kinds', 'extra'] as const).filter(hasIt);
}

/** The start of the window of this size that a time is in. */
export function naiveStart(timeMs: number, sizeMs: number): number {
  return timeMs - (((timeMs % sizeMs) + sizeMs) % sizeMs);
}

/** An aggregate over some good events in windows of some size, by their starts, computed in the plainest way. */
export function naiveWindows(
  aggregate: AggregateName,
  sizeMs: number,
  events: Iterable<TakenEvent>,
): Map<number, NaiveWindow> {
  const windows = new Map<number, NaiveWindow>();
  for (const event of events) {
    const start = naiveStart(event.time, sizeMs);
    let window = windows.get(start);
    if (window === undefined) {
      window = new NaiveWindow();
      windows.set(start, window);
    }
    const all = DETAILED.has(aggregate) ? [event] : NONE;
    addPart(window, aggregate, event, groupOf(event, event.time - start, all));
  }
  return windows;
}

/** Adds what there is of an event, and what is lacking of it. */
function addPart(window: NaiveWindow, aggregate: AggregateName, event: TakenEvent, group: NaiveGroup): void {
  const { part } = event;
  const essential = ESSENTIAL[aggregate];
  if (part === 'held') window.held += 1;
  if (part === 'restored' || part === 'released') window.held -= 1;
  if (part === 'reduced' && essential !== 'all') window.reduced += 1;
  if (part === 'rest' && essential !== 'all') window.reduced -= 1;
  const some = partOf(group, aggregate, part);
  if (some !== undefined) addGroup(window, GROUP_OF[aggregate](event), some);
}

function partOf(
  group: NaiveGroup,
  aggregate: AggregateName,
  part: EventPart | undefined,
): NaiveGroup | undefined {
  const essential = ESSENTIAL[aggregate];
  if (part === undefined || part === 'restored') return group;
  if (part === 'held' || part === 'released') return undefined;
  if (essential === 'all') return part === 'reduced' ? group : undefined;
  if (part === 'reduced' && essential.length === 0) return undefined;
  const isReduced = part === 'reduced';
  const names = (Object.keys(group) as (keyof NaiveGroup)[]).filter(
    // When events were is known with either part.
    (name) => name === 'first' || name === 'last' || essential.includes(name) === isReduced,
  );
  return { ...NOTHING, ...Object.fromEntries(names.map((name) => [name, group[name]])) };
}

function groupOf({ v, w }: CountedEvent, offset: number, all: readonly CountedEvent[]): NaiveGroup {
  const contributes = w === null ? 0 : 1;
  return {
    events: 1,
    odd: v % 2 === 0 ? 0 : 1,
    total: v,
    least: v,
    wLeast: w,
    wMost: w,
    most: v,
    wEvents: contributes,
    wTotal: w ?? 0,
    first: offset,
    last: offset,
    all,
  };
}

function addGroup(window: NaiveWindow, key: string, added: NaiveGroup): void {
  const group = window.get(key);
  if (group === undefined) {
    window.set(key, { ...added });
    return;
  }
  group.events += added.events;
  group.odd += added.odd;
  group.total += added.total;
  group.least = Math.min(group.least, added.least);
  group.most = Math.max(group.most, added.most);
  group.wLeast = ofBoth(Math.min, group.wLeast, added.wLeast);
  group.wMost = ofBoth(Math.max, group.wMost, added.wMost);
  group.wEvents += added.wEvents;
  group.wTotal += added.wTotal;
  group.first = Math.min(group.first, added.first);
  group.last = Math.max(group.last, added.last);
  if (added.all.length > 0) group.all = [...group.all, ...added.all];
}

function ofBoth(pick: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : pick(a, b);
}

/** Several shards' windows as one. */
export function mergedWindow(windows: Iterable<NaiveWindow | undefined>): NaiveWindow {
  const merged = new NaiveWindow();
  for (const window of windows) {
    for (const [key, group] of window ?? []) addGroup(merged, key, group);
    merged.reduced += window?.reduced ?? 0;
    merged.held += window?.held ?? 0;
  }
  return merged;
}
