import type { Rejection } from '#core/rejection.ts';

/**
 * Why events are not in the stream though nothing is wrong with them. `busy`: too much was under way in this process;
 * `throttled`: the stream is at its limit; `unavailable`: it did not answer, or is in trouble; `refused`: it will not,
 * until somebody changes something.
 */
export type UndeliveredReason = 'busy' | 'throttled' | 'unavailable' | 'refused';

/** What became of one event of a request. */
export type Outcome =
  /** The stream has acknowledged the record that it is in. */
  | { readonly status: 'accepted' }
  /** It is invalid: it would be so again. Nothing of it was sent. */
  | { readonly status: 'rejected'; readonly rejection: Rejection }
  /** The stream did not take it, or did not say that it had: it may be sent again. */
  | { readonly status: 'undelivered'; readonly reason: UndeliveredReason };

export interface OutcomeCounts {
  readonly accepted: number;
  readonly rejected: number;
  readonly undelivered: number;
}

export function countOutcomes(outcomes: readonly Outcome[]): OutcomeCounts {
  const counts = { accepted: 0, rejected: 0, undelivered: 0 };
  for (const { status } of outcomes) counts[status]++;
  return counts;
}
