import type { DurationMs } from '#core/brand.ts';
import type { MetricKind } from '#core/metrics/metric-kind.ts';
import type { StandardSchema } from './standard-schema.ts';

/** What an event may give as its time; see `parse-event-time.ts` for the texts that can be read. */
export type EventTime = Date | number | string;

/** A value to group by. Missing values are invalid, `null` is a group of its own. */
export type GroupValue = string | number | boolean | null;

/** One answer over the events of a group and window, as `definePipeline` makes it. */
export interface Metric {
  readonly name: string;
  /** Name of the metric kind with its parameters, e.g. `mean` or `histogram(0,15,60)`. */
  readonly kind: string;
  /** The field that it reads; none for `count`. */
  readonly field: string | undefined;
  /** The field whose number it goes by: that of `maxBy` and `minBy`. */
  readonly by?: string;
  /** Only events for which this holds contribute. Pure. */
  readonly where: ((event: never) => boolean) | undefined;
  /** Kept exact under overload too. */
  readonly essential: boolean;
}

/** How much an event matters under overload. */
export type Priority = 'low' | 'normal';

/** What the function may take of one shard in a second, with nothing left out. */
export type Capacity = EventCosts &
  ({ readonly eventsPerSecond: number } | { readonly bytesPerSecond: number });

/** What an event costs of which something is left out, as a part of what one costs of which nothing is: 0 to 1. */
export interface EventCosts {
  /** Only the essential metrics get it; 0.5 unless said. */
  readonly reducedCost?: number;
  /** It is left out whole, as it is of low priority; 0.25 unless said. */
  readonly heldCost?: number;
}

export type AggregateWindow = SizedWindow | SessionWindow;

/**
 * Windows of one size, aligned to 1970-01-01T00:00Z. Tumbling: side by side, each event is in exactly one. Hopping: one
 * begins every `everyMs`, and each event is in several; they are made of panes, tumbling windows of that length.
 */
export interface SizedWindow {
  readonly type: 'tumbling' | 'hopping';
  readonly sizeMs: DurationMs;
  /** From one window's start to the next; the size, where they are side by side. What is stored is of that length. */
  readonly everyMs: DurationMs;
}

/**
 * Sessions: each group has its own, of events that are no further apart than the gap. They are made, when they are read,
 * of panes of the gap's length, in each of which all events of a group are in one session.
 */
export interface SessionWindow {
  readonly type: 'session';
  /** The gap, and the panes' length. */
  readonly sizeMs: DurationMs;
  readonly everyMs: DurationMs;
  /** A session that has gone on for longer is cut at the next multiple of this; a multiple of the gap. */
  readonly longestMs: DurationMs;
  /** How long sessions are kept after their end; `null`: for good. */
  readonly retentionMs: DurationMs | null;
}

/** Windows of one size for which an aggregate's values are kept: its own, or larger ones made of those. */
export interface Level {
  readonly sizeMs: DurationMs;
  /** From one window's start to the next: a multiple of the size of the level before. */
  readonly everyMs: DurationMs;
  /** How long the values are kept after a window's end; `null`: for good. */
  readonly retentionMs: DurationMs | null;
}

/** A group-by, a window and metrics, by name. */
export interface Aggregate {
  readonly name: string;
  readonly groupBy: readonly string[];
  /** Only events for which this holds are in it. Pure. */
  readonly where?: (event: never) => boolean;
  readonly window: AggregateWindow;
  /** What is stored first (the windows, or the panes of hopping ones and of sessions), then what is made of it: each of the one before. */
  readonly levels: readonly Level[];
  readonly metrics: readonly Metric[];
  /** Groups a window keeps apart; further ones are counted together as `__other__`. */
  readonly groupsMax: number;
  /**
   * The version of the definition, from group-by, window and metrics: a changed definition has other blocks,
   * so that numbers of different meaning are never added.
   */
  readonly generation: string;
}

/** A field that is computed from each event, once the schema has let it through. */
export interface Derivation {
  readonly name: string;
  /** Pure. Sees the event as the schema let it through, without what is derived or looked up. */
  readonly compute: (event: never) => GroupValue;
}

/** Fields by name, as a lookup adds them to an event. */
export type LookedUp = Readonly<Record<string, GroupValue>>;

export interface LookupField {
  /** What the table calls it. */
  readonly attribute: string;
  /** What the event has it as: the lookup's name, `_` and the attribute's. */
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean';
}

/** Fields of reference data that events get by a field of their own, as `definePipeline` makes it. */
export interface Lookup {
  readonly name: string;
  /** As the definition calls it; a deployment may put another table in its place. */
  readonly table: string;
  /** Name of the table's partition key, a string. */
  readonly tableKey: string;
  /** The event's field whose value is looked up. */
  readonly key: string;
  readonly fields: readonly LookupField[];
  /** Age from which an entry is read again. */
  readonly ttlMs: number;
  /** Age up to which an entry is used while the table can't be read. */
  readonly staleMaxMs: number;
  /** Entries kept in memory. */
  readonly entriesMax: number;
  /** What events get whose key has no entry in the table. */
  readonly whenMissing: 'reject' | LookedUp;
  /** What events get where the table can't be read and no entry is kept; `wait`: the batch comes again later. */
  readonly whenDown: 'wait' | LookedUp;
  /** A file that a runtime on this machine fills the table from, relative to the pipeline's. */
  readonly localFile: string | undefined;
}

/** Which events are copies of others, as `definePipeline` makes it. */
export interface Duplicates {
  /** Gives an event's id; without it, only records that carry an id of their own are looked at. */
  readonly eventId: ((event: never) => string | number) | undefined;
  /** How long after an event its copies may arrive. */
  readonly withinMs: DurationMs;
}

/** A checked pipeline: the single source of truth for runtime, infrastructure and queries. Made by `definePipeline`. */
export interface Pipeline {
  readonly name: string;
  readonly schema: StandardSchema;
  /** `arrival`: when the stream took the event in, in epoch milliseconds. */
  readonly eventTime: (event: never, arrival: number) => EventTime;
  /** How long after newer events an event may come and still be on time. */
  readonly allowedLatenessMs: number;
  /** How far an event's time may be ahead of its arrival. */
  readonly maxAheadMs: number;
  /** Where copies are to be found; else each counts. */
  readonly duplicates: Duplicates | undefined;
  /** In the order in which they are computed; none sees what another gives. */
  readonly derive: readonly Derivation[];
  readonly lookups: readonly Lookup[];
  readonly aggregates: readonly Aggregate[];
  /** What one shard may bring; `null`: nothing is ever left out. */
  readonly capacity: Capacity | null;
  /** Of an event as the schema lets it through. Pure; one that throws stands for `normal`. */
  readonly priority: ((event: never) => Priority) | undefined;
  /**
   * The kinds of metrics that `defineMetric` made for it. A process that reads its blocks makes them known first, by
   * `useMetricKind`; one that imports the pipeline's module itself has done so.
   */
  readonly ownKinds: readonly MetricKind[];
}
