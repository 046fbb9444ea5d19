import { INGEST_LIMITS, INGEST_MEDIA_TYPES } from '#contracts/ingest-function.ts';
import type { Problem } from '../http/problem.ts';

/** A request of which no event can be told apart, or that holds too much: nothing of it was sent. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

export function malformed(detail: string): RequestError {
  return new RequestError({ status: 400, name: 'malformed-body', title: 'The body can not be read', detail });
}

export function tooLarge(what: string): RequestError {
  const { bodyBytesMax, eventsMax } = INGEST_LIMITS;
  return new RequestError({
    status: 413,
    name: 'too-large',
    title: 'The request holds too much',
    detail: `${what}; a request takes at most ${eventsMax} events and ${bodyBytesMax} bytes, also decompressed: send it in parts`,
    more: { eventsMax, bytesMax: bodyBytesMax },
  });
}

export function unsupportedType(found: string): RequestError {
  const accepted = INGEST_MEDIA_TYPES.join(', ');
  return new RequestError({
    status: 415,
    name: 'unsupported-type',
    title: 'The type of the body is not taken',
    detail: `${found}: send ${INGEST_MEDIA_TYPES.join(' or ')} in UTF-8, plain or with Content-Encoding: gzip`,
    headers: { 'accept-post': accepted, 'accept-encoding': 'gzip' },
  });
}
