import type { DurationMs } from '#core/brand.ts';
import type { StandardSchema } from './standard-schema.ts';

/** What an event may give as its time; see `parse-event-time.ts` for the texts that can be read. */
export type EventTime = Date | number | string;

/** A value to group by. Missing values are invalid, `null` is a group of its own. */
export type GroupValue = string | number | boolean | null;

/** One number over the events of a group and window, as `definePipeline` makes it. */
export interface Metric {
  readonly name: string;
  /** Name of the metric kind, e.g. `mean`. */
  readonly kind: string;
  /** The field that it reads; none for `count`. */
  readonly field: string | undefined;
  /** Only events for which this holds contribute. Pure. */
  readonly where: ((event: never) => boolean) | undefined;
}

/** Windows of one size, side by side: each event is in exactly one. Aligned to 1970-01-01T00:00Z. */
export interface TumblingWindow {
  readonly type: 'tumbling';
  readonly sizeMs: DurationMs;
}

/** A group-by, a window and metrics, by name. */
export interface Aggregate {
  readonly name: string;
  readonly groupBy: readonly string[];
  readonly window: TumblingWindow;
  readonly metrics: readonly Metric[];
  /** Groups a window keeps apart; further ones are counted together as `__other__`. */
  readonly groupsMax: number;
  /**
   * The version of the definition, from group-by, window and metrics: a changed definition has other blocks,
   * so that numbers of different meaning are never added.
   */
  readonly generation: string;
}

/** A checked pipeline: the single source of truth for runtime, infrastructure and queries. Made by `definePipeline`. */
export interface Pipeline {
  readonly name: string;
  readonly schema: StandardSchema;
  readonly eventTime: (event: never) => EventTime;
  /** How long after newer events an event may come and still be on time. */
  readonly allowedLatenessMs: number;
  /** How far an event's time may be ahead of its arrival. */
  readonly maxAheadMs: number;
  readonly aggregates: readonly Aggregate[];
}
