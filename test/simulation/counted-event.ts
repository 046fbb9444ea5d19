import type { Version } from './draw-change.ts';
import type { ExpectedEvent } from './expected-event.ts';
import type { Reference } from './naive-lookup.ts';

/** An event that was counted, and where it stands in the stream. */
export interface CountedEvent extends ExpectedEvent {
  readonly shard: string;
  /** How many events of the shard are before it. */
  readonly place: number;
  /** By which version it was counted. */
  readonly version: Version;
  /** What it got of the reference table, where it was looked up. */
  readonly reference: Reference | undefined;
}
