import type { ExpectedEvent } from './expected-event.ts';

/** An event that was counted, and where it stands in the stream. */
export interface CountedEvent extends ExpectedEvent {
  readonly shard: string;
  /** How many events of the shard are before it. */
  readonly place: number;
}
