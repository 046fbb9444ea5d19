import type { HttpResponse } from './http.ts';

/** What went wrong with a request, after RFC 9457 (Problem Details for HTTP APIs). */
export interface Problem {
  readonly status: number;
  /** Which kind of problem, in small letters and `-`; its `type` is `urn:weir:problem:<name>`. */
  readonly name: string;
  /** The same for all problems of the kind. */
  readonly title: string;
  /** What was found, where, and what to do. Without the data of the request. */
  readonly detail: string;
  /** Further members, beside those that the RFC names. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** More would not be read, and may be a quotation of the request. */
const DETAIL_LENGTH_MAX = 1000;

/** An answer of the type `application/problem+json`. */
export function problemResponse({ status, name, title, detail, more, headers }: Problem): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify({
      type: `urn:weir:problem:${name}`,
      title,
      status,
      detail: detail.slice(0, DETAIL_LENGTH_MAX),
      ...more,
    }),
  };
}
