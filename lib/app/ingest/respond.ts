import type { HttpResponse } from '../http/http.ts';
import { jsonResponse } from '../http/http.ts';
import { problemResponse } from '../http/problem.ts';
import { countOutcomes, type Outcome, type OutcomeCounts, type UndeliveredReason } from './outcome.ts';
import { REJECT_REMEDIES, UNDELIVERED } from './remedies.ts';

/** A schema's complaint may be long, and there may be one an event. */
const WHAT_LENGTH_MAX = 300;

/** From what says most about the stream to what says least: requests are answered by the first that happened. */
const BY_WEIGHT: readonly UndeliveredReason[] = ['refused', 'unavailable', 'throttled', 'busy'];

/** What most says why events of a request are not in the stream; `undefined` where all that are valid are. */
export function undeliveredReason(outcomes: readonly Outcome[]): UndeliveredReason | undefined {
  return BY_WEIGHT.find((reason) =>
    outcomes.some((outcome) => outcome.status === 'undelivered' && outcome.reason === reason),
  );
}

/**
 * The answer to a request, event by event. Where some are to be sent again: after `waitMs` to twice as much, by `random`
 * from 0 to less than 1, so that not all come back at once.
 */
export function respond(outcomes: readonly Outcome[], waitMs: number, random: number): HttpResponse {
  const counts = countOutcomes(outcomes);
  const body = { ...counts, results: outcomes.map(toResult) };
  const undelivered = undeliveredReason(outcomes);
  const seconds = Math.ceil((waitMs / 1000) * (1 + random));
  if (undelivered !== undefined) return notDelivered(undelivered, counts, body, seconds);
  if (counts.accepted === 0) {
    return problemResponse({
      status: 400,
      name: 'invalid-events',
      title: 'None of the events is valid',
      detail: `${counts.rejected} events were rejected, for the reasons in "results": correct them`,
      more: body,
    });
  }
  return jsonResponse(counts.rejected === 0 ? 200 : 207, body);
}

function notDelivered(
  reason: UndeliveredReason,
  { accepted, rejected, undelivered }: OutcomeCounts,
  more: Readonly<Record<string, unknown>>,
  seconds: number,
): HttpResponse {
  const isLoad = reason === 'throttled' || reason === 'busy';
  return problemResponse({
    status: isLoad ? 429 : 503,
    name: isLoad ? 'too-many-events' : 'stream-unavailable',
    title: isLoad ? 'Too many events for now' : 'The stream can not be reached',
    detail:
      `${undelivered} events were not taken: ${UNDELIVERED[reason].what}. Send those, which "results" calls undelivered, ` +
      `again in ${seconds} s; ${accepted} were accepted and ${rejected} rejected: do not send these again`,
    more,
    headers: { 'retry-after': String(seconds) },
  });
}

function toResult(outcome: Outcome, index: number): Readonly<Record<string, unknown>> {
  switch (outcome.status) {
    case 'accepted':
      return { index, status: 'accepted' };
    case 'rejected': {
      const { detail, reason } = outcome.rejection;
      return {
        index,
        status: 'rejected',
        reason,
        what: detail.slice(0, WHAT_LENGTH_MAX),
        remedy: REJECT_REMEDIES[reason],
      };
    }
    default:
      return { index, status: 'undelivered', reason: outcome.reason, ...UNDELIVERED[outcome.reason] };
  }
}
