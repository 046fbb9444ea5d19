import { INGEST_LIMITS } from '#contracts/ingest-function.ts';
import { eventIdOf } from '#core/batch/event-id.ts';
import type { EpochMs } from '#core/brand.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { DecodedEvent, RecordTools } from '#core/records/decoded-event.ts';
import type { HttpRequest, HttpResponse } from '../http/http.ts';
import { problemResponse } from '../http/problem.ts';
import type { PutFailure } from '../produce/producer-errors.ts';
import { type ProducerLimits, producerLimits } from '../produce/producer-limits.ts';
import { EventChecks } from './event-checks.ts';
import { countOutcomes, type Outcome, type OutcomeCounts } from './outcome.ts';
import type { PlacedEvent } from './pack-events.ts';
import { Pressure } from './pressure.ts';
import { type PutDeps, putEvents } from './put-events.ts';
import { readBody } from './read-body.ts';
import { readEvents } from './read-events.ts';
import { RequestError } from './request-error.ts';
import { respond, undeliveredReason } from './respond.ts';

export interface IngestDeps extends PutDeps {
  readonly pipeline: Pipeline;
  readonly tools: PutDeps['tools'] & RecordTools;
  /** The date. */
  readonly now: () => EpochMs;
}

/** How long and how often a request tries to put its events; and how many bytes of requests may do so at a time. */
export interface IngestSettings extends Pick<ProducerLimits, 'attemptsMax' | 'deadlineMs'> {
  readonly heldBytesMax: number;
}

/**
 * Five attempts within three seconds carry a request over what passes by itself: a connection that was closed, a second
 * in which a shard was full. What takes longer is for the sender to wait for, who alone knows whether it can.
 */
export const INGEST_SETTINGS: IngestSettings = {
  attemptsMax: 5,
  deadlineMs: 3000,
  heldBytesMax: 8 * INGEST_LIMITS.bodyBytesMax,
};

export interface IngestReport extends OutcomeCounts {
  readonly response: HttpResponse;
  /** The first of what the stream said of records that it did not take. */
  readonly failure: PutFailure | undefined;
}

/** Takes requests with events, and puts those that are valid on the stream. */
export class Ingest {
  readonly #deps: IngestDeps;
  readonly #putDeps: PutDeps;
  readonly #checks: EventChecks;
  readonly #limits: ProducerLimits;
  readonly #heldBytesMax: number;
  readonly #pressure: Pressure;
  #heldBytes = 0;

  constructor(deps: IngestDeps, settings: IngestSettings = INGEST_SETTINGS) {
    const { heldBytesMax, ...limits } = settings;
    this.#deps = deps;
    const { pipeline } = deps;
    this.#putDeps = pipeline.duplicates?.eventId
      ? { ...deps, idOf: (event) => eventIdOf(pipeline, event) }
      : deps;
    this.#checks = new EventChecks(deps.pipeline);
    this.#limits = producerLimits(limits);
    this.#heldBytesMax = heldBytesMax;
    this.#pressure = new Pressure(() => deps.clock.nowMs());
  }

  /**
   * Answers one request, when each of its events has come to its end: acknowledged by the stream, rejected, or handed
   * back to be sent again. Rejects for a bug only.
   */
  async take(request: HttpRequest): Promise<IngestReport> {
    if (request.method !== 'POST') return nothing(METHOD_NOT_ALLOWED);
    let events: readonly DecodedEvent[];
    let bytes: number;
    try {
      const body = readBody(request, this.#deps.tools);
      bytes = body.text.length;
      events = readEvents(body);
    } catch (error) {
      if (error instanceof RequestError) return nothing(problemResponse(error.problem));
      throw error;
    }
    const outcomes: Outcome[] = [];
    const valid: PlacedEvent[] = [];
    const arrival = this.#deps.now();
    for (const [index, decoded] of events.entries()) {
      const rejection = this.#checks.check(decoded, arrival);
      // What will become of it if nothing does.
      outcomes.push(
        rejection === undefined
          ? { status: 'undelivered', reason: 'busy' }
          : { status: 'rejected', rejection },
      );
      if (rejection === undefined && decoded.ok) valid.push({ index, value: decoded.value });
    }
    const failure = await this.#put(valid, bytes, outcomes);
    const counts = countOutcomes(outcomes);
    const waitMs = this.#waitMs(outcomes, failure);
    return { ...counts, response: respond(outcomes, waitMs, this.#deps.random()), failure };
  }

  #waitMs(outcomes: readonly Outcome[], failure: PutFailure | undefined): number {
    const reason = undeliveredReason(outcomes);
    if (reason !== undefined) return this.#pressure.undelivered(reason, failure?.retryAfterMs);
    if (outcomes.some(({ status }) => status === 'accepted')) this.#pressure.delivered();
    return 0;
  }

  /** Puts events, and notes in `outcomes` what became of them; leaves them as they are where there is no room. */
  async #put(
    events: readonly PlacedEvent[],
    bytes: number,
    outcomes: Outcome[],
  ): Promise<PutFailure | undefined> {
    if (this.#heldBytes + bytes > this.#heldBytesMax) return undefined;
    this.#heldBytes += bytes;
    try {
      const report = await putEvents(events, this.#putDeps, this.#limits);
      for (const [index, outcome] of report.outcomes) outcomes[index] = outcome;
      return report.failure;
    } finally {
      this.#heldBytes -= bytes;
    }
  }
}

const METHOD_NOT_ALLOWED = problemResponse({
  status: 405,
  name: 'method-not-allowed',
  title: 'Events are sent with POST',
  detail: 'the request has another method: send it with POST',
  headers: { allow: 'POST' },
});

function nothing(response: HttpResponse): IngestReport {
  return { response, accepted: 0, rejected: 0, undelivered: 0, failure: undefined };
}
