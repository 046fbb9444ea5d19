import { QUERY_MAX_AGE_SECONDS } from '#contracts/query-api.ts';
import type { HttpRequest, HttpResponse } from '../http/http.ts';
import { type Answer, holesOf } from './answer.ts';
import { conditional } from './caching.ts';
import type { QueryApiDeps } from './deps.ts';
import { FORMATS, type Format } from './negotiate-format.ts';
import { freshnessJson, partsOf, render } from './render.ts';

/** An answer with its headers, which tell for every format, and with a 304 too, how fresh and complete it is. */
export function respond(
  deps: QueryApiDeps,
  request: HttpRequest,
  answer: Answer,
  format: Format,
): HttpResponse {
  const now = deps.now();
  const { body, stable } = render(answer, format, now);
  const { ageMs, newestEvent, watermark } = freshnessJson(answer.freshness, now);
  const seconds = answer.isClosed ? QUERY_MAX_AGE_SECONDS.closed : QUERY_MAX_AGE_SECONDS.open;
  const headers = {
    'content-type': FORMATS[format].contentType,
    ...(format === 'csv' && { 'content-disposition': `attachment; filename="${fileName(answer)}.csv"` }),
    'cache-control': `private, max-age=${seconds}`,
    vary: 'accept',
    'x-content-type-options': 'nosniff',
    ...(newestEvent !== null && { 'weir-newest-event': newestEvent }),
    ...(ageMs !== null && { 'weir-age-ms': String(ageMs) }),
    ...(watermark !== null && { 'weir-watermark': watermark }),
    'weir-holes': String(holesOf(answer).length),
    ...(answer.next !== null && { 'weir-next': answer.next }),
  };
  return conditional(request, { status: 200, headers, body }, deps.hash(stable));
}

function fileName(answer: Answer): string {
  return partsOf(answer)[0]?.aggregate.name ?? answer.pipeline;
}
