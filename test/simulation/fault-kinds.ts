/** What one call of a service may meet. The order is that in which one draw decides. */
export const IO_FAULTS = [
  'crash_before_io', // the environment dies before the call leaves it
  'crash_in_flight', // it dies with the call under way, which takes effect later, or never
  'crash_after_io', // it dies before it hears of the effect
  'hang', // no reply, until the function's time is up; the effect comes at once, later, or never
  'lost_reply', // the effect is there, the reply says that the service failed
  'client_retry', // the same, and the client asked again by itself: its own write fails the condition
  'late_write', // the reply says that the service failed, and the effect comes after it
  'throttled', // no effect
  'unavailable', // no effect
  'slow_io', // a hundred times as slow
] as const;

/** What one sending of dead letters may meet, beside the faults of every call. */
export const QUEUE_FAULTS = ['queue_failure', 'queue_partial'] as const;

export const INVOCATION_FAULTS = [
  'abandoned', // the poller takes the invocation for failed, while it goes on
  'response_lost', // it succeeded, and counts as failed
  'not_invoked', // the function could not be reached
  'cold_start', // a new environment, though there are idle ones
  'eviction', // an idle environment goes
  'clock_jump', // of the environment's clock
] as const;

export const STREAM_FAULTS = [
  'redelivery', // the poller starts again at an older checkpoint, while its last invocation goes on
  'read_failed',
  'short_read', // fewer records than there are, so batches have other boundaries
  'slow_start', // a shard is not read for some minutes after it could be
] as const;

export const TABLE_FAULTS = [
  'foreign_write', // somebody writes a head, and carries on what it says
  'expiry', // a block of a window that is final is deleted
] as const;

export const CLOSE_FAULTS = [
  'close_twice', // a run begins while another is under way
  'close_missed', // a run does not take place
] as const;

export const REPAIR_FAULTS = [
  'repair_twice', // a run begins while another is under way
  'repair_missed', // a run does not take place
] as const;

export const EVENT_FAULTS = [
  'out_of_order',
  'very_late',
  'producer_duplicate', // the same record is put again
  'event_again', // an event has the id of an earlier one, in another record, and says something else
  'bad_event',
  'poison', // an event on which the function dies, or hangs until its timeout
] as const;

/** Of reference data, and of what is derived from events. */
export const LOOKUP_FAULTS = [
  'reference_changed', // an entry, while caches have the old one
  'reference_outage', // the table is down, throttles, or does not answer in time
  'bad_derive', // a `derive` throws
] as const;

/** Those that a seed has or has not. */
export const SEED_FAULTS = [
  'clock_skew',
  'outage', // for a while, many calls of the services fail
  'long_outage', // for an hour, all of them do
  'deployment', // other limits from some moment on; both versions run side by side for a while
  'definition_changed', // by a deployment, while both versions count
  'small_head', // heads that are full after a few deltas
  'split',
  'merge',
  'idle_shard',
  'overload', // for some minutes, more comes than a slow function can take
  'repair_paused', // for long, no run of `repair` takes place
  'trim', // records leave the stream before they are read once more
  'trim_within_read', // while they are
  'stored_items', // the table keeps heads and blocks as DynamoDB items, not as objects
] as const;

export const FAULTS = [
  ...IO_FAULTS,
  ...QUEUE_FAULTS,
  ...INVOCATION_FAULTS,
  ...STREAM_FAULTS,
  ...TABLE_FAULTS,
  ...CLOSE_FAULTS,
  ...REPAIR_FAULTS,
  ...EVENT_FAULTS,
  ...LOOKUP_FAULTS,
  ...SEED_FAULTS,
] as const;

export type IoFault = (typeof IO_FAULTS)[number];
export type Fault = (typeof FAULTS)[number];

/** What follows from faults, and must be seen to happen too. */
export const CONSEQUENCES = [
  'death', // of an environment
  'death_of_poison',
  'timeout', // of an invocation
  'exception', // of the function, for an event; its environment lives on
  'zombie_write', // took effect when the environment that sent it was dead
  'write_that_never_came',
  'conflict', // a conditional write that failed
  'two_at_once', // invocations of one shard
  'circuit_opened', // an environment gives up a service for a while, or for longer after a probe that failed
  'circuit_closed', // a probe of it succeeded
  'call_refused', // not made, since its circuit is open
  'call_while_down', // made in a long outage
  'bisect', // a batch in halves
  'partial_response',
  'came_again', // a record that was counted already
  'counted_in_part', // a commit within a record
  'commit_of_folds_only',
  'suspect_begun',
  'suspect_taken_back',
  'crash_limit', // more deaths than poison explains: held
  'crashed_by_bad_luck', // an event that is not poison, on which environments died all the same
  'group_overflow',
  'dead_letter_again',
  'late', // an event after its window was closed for its shard
  'late_in_some', // the same, but for some aggregates only
  'expired', // an event that no level keeps any more
  'idle_raised', // the watermark of a shard with nothing in it follows the others'
  'raised_by_clock', // the same in a stream in which nothing is left
  'closed', // windows are closed for all shards
  'final',
  'rolled_up', // a final of a roll-up
  'final_again', // a final that was there already
  'announced_again', // a window
  'close_conflict', // a run that ends since others wrote meanwhile
  'close_deadline', // a run that ends since its time is nearly up
  'close_failed', // a run that ends since a service fails
  'shard_ended',
  'shard_gone', // from the registry
  'duplicate', // an event that is a copy of one that was seen
  'duplicate_of_bad', // of one that was rejected
  'duplicate_of_ancestor', // of one in a shard that this one was made of
  'duplicate_record', // an event in a record that was put again, told by the record's id
  'horizon_passed', // a copy that counts, as it came too late to be told
  'segment_written',
  'segments_merged',
  'read_of_final', // by a reader
  'read_of_amended', // by a reader: final, and something came late
  'session_over_panes', // in an answer: it is made of several
  'session_cut', // it has gone on for too long
  'session_joined', // of what would have been two without what came late
  'lookup_outdated', // an event got what the table had a while ago
  'lookup_stale', // the same, as the table could not be read: beyond the ttl
  'lookup_degraded', // it got what is used while the table can't be read
  'lookup_rejected', // it was invalid, as there is no entry
  'lookup_waited', // a batch was handed back, as the table could not be read
  'definition_adopted', // `close` writes down a definition that is new
  'adopted_with_finals', // of which some windows were final already
  'older_counts_again', // a commit by the older version, after one by the newer
  'read_of_partial', // an answer in which a metric lacks events of another definition
  'closed_in_time', // what stands still holds up closing for no longer than it may
  'edge_tied', // a window's first or last event has the time of another one
  'level_raised',
  'level_lowered',
  'hole', // a commit left something out
  'holes_stored', // in an item, and no more in the head
  'reduced', // an event of which only the essential metrics have something
  'held', // an event that nothing has
  'held_bad', // one of them that turned out to be invalid when it was repaired
  'repaired', // a commit of a repair
  'repaired_in_part', // the same, up to somewhere within a hole
  'repaired_of_child', // of a shard that was made of others
  'crashed_in_repair', // an event that repairs died of, or seemed to
  'repaired_one_by_one', // after a run that died
  'lost', // an event that could not be repaired, since records had left the stream
  'repair_conflict', // a run that ends since others wrote meanwhile
  'repair_deadline', // a run that ends since its time is nearly up
  'repair_failed', // a run that ends since a service fails
  'repair_waits', // a run that leaves a shard alone, since it still has lag
  'read_of_holes', // by a reader
  'canary_counted', // a commit moves its position by a canary, and nothing else
] as const;

export type Counted = Fault | (typeof CONSEQUENCES)[number];

/** How often each fault struck and each consequence showed. */
export class Strikes {
  readonly counts = new Map<string, number>();

  add(what: Counted, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }
}
