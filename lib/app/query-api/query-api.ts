import { QUERY_MAX_AGE_SECONDS, QUERY_PATHS } from '#contracts/query-api.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { healthJson } from '../health/health-json.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../http/http.ts';
import { problemResponse } from '../http/problem.ts';
import { openApiDocument } from '../open-api/document.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { Answer } from './answer.ts';
import { answerLatest } from './answer-latest.ts';
import { answerSeries } from './answer-series.ts';
import { answerSeveral } from './answer-several.ts';
import { answerTop } from './answer-top.ts';
import { conditional } from './caching.ts';
import type { QueryApiDeps, QueryCall } from './deps.ts';
import { listAggregates } from './list-aggregates.ts';
import { matchPath } from './match-path.ts';
import { NotAcceptable, negotiateFormat } from './negotiate-format.ts';
import { InvalidParameters, Parameters } from './parameters.ts';
import { respond } from './respond.ts';

/**
 * Answers a request for a pipeline's values over HTTP. What can't be answered is a problem after RFC 9457; only bugs
 * are thrown.
 */
export async function answerQuery(
  deps: QueryApiDeps,
  request: HttpRequest,
  call: QueryCall,
): Promise<HttpResponse> {
  try {
    return await route(deps, request, call);
  } catch (error) {
    if (error instanceof InvalidParameters || error instanceof NotAcceptable) return error.toResponse();
    if (!(error instanceof DependencyError)) throw error;
    deps.onUnavailable(error);
    return unavailable();
  }
}

async function route(deps: QueryApiDeps, request: HttpRequest, call: QueryCall): Promise<HttpResponse> {
  const found = matchPath(request.path);
  if (found === undefined) return noSuchPath();
  if (request.method !== 'GET') return onlyGet();
  const parameters = new Parameters(request.query);
  if ('name' in found) {
    const aggregate = deps.pipeline.aggregates.find(({ name }) => name === found.name);
    if (aggregate === undefined) return noSuchAggregate(deps);
    const format = negotiateFormat(parameters, request.headers['accept']);
    return respond(deps, request, await answerOne(deps, call, found.path, aggregate, parameters), format);
  }
  if (found.path === QUERY_PATHS.several) {
    const format = negotiateFormat(parameters, request.headers['accept'], ['json']);
    return respond(deps, request, await answerSeveral(deps, call, parameters), format);
  }
  parameters.finish();
  if (found.path === QUERY_PATHS.health) return healthResponse(deps);
  const body =
    found.path === QUERY_PATHS.openApi
      ? `${JSON.stringify(openApiDocument(deps.pipeline, call.basePath === '' ? '/' : call.basePath))}\n`
      : listAggregates(deps.pipeline);
  return definitionResponse(deps, request, body);
}

function answerOne(
  deps: QueryApiDeps,
  call: QueryCall,
  path: typeof QUERY_PATHS.series | typeof QUERY_PATHS.latest | typeof QUERY_PATHS.top,
  aggregate: Aggregate,
  parameters: Parameters,
): Promise<Answer> {
  if (path === QUERY_PATHS.series) return answerSeries(deps, call, aggregate, parameters);
  if (path === QUERY_PATHS.latest) return answerLatest(deps, call, aggregate, parameters);
  return answerTop(deps, aggregate, parameters);
}

/** 503 where something is wrong, for those who look at no more than that. */
async function healthResponse(deps: QueryApiDeps): Promise<HttpResponse> {
  const report = await deps.health();
  return jsonResponse(report.ok ? 200 : 503, healthJson(deps.pipeline.name, report, deps.now()), {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
}

/** What follows from the definition alone. */
function definitionResponse(deps: QueryApiDeps, request: HttpRequest, body: string): HttpResponse {
  const headers = {
    'content-type': 'application/json',
    'cache-control': `private, max-age=${QUERY_MAX_AGE_SECONDS.definition}`,
    'x-content-type-options': 'nosniff',
  };
  return conditional(request, { status: 200, headers, body }, deps.hash(body));
}

function noSuchPath(): HttpResponse {
  return problemResponse({
    status: 404,
    name: 'no-such-path',
    title: 'There is nothing at this path.',
    detail: `There are ${Object.values(QUERY_PATHS).join(', ')}.`,
  });
}

function onlyGet(): HttpResponse {
  return problemResponse({
    status: 405,
    name: 'method-not-allowed',
    title: 'The method is not allowed here.',
    detail: 'Nothing can be changed by this API: ask with GET.',
    headers: { allow: 'GET' },
  });
}

function noSuchAggregate({ pipeline }: QueryApiDeps): HttpResponse {
  const names = pipeline.aggregates.map(({ name }) => name).join(', ');
  return problemResponse({
    status: 404,
    name: 'no-such-aggregate',
    title: 'The pipeline has no aggregate of this name.',
    detail: `The pipeline ${pipeline.name} has ${names}.`,
  });
}

function unavailable(): HttpResponse {
  return problemResponse({
    status: 503,
    name: 'table-unavailable',
    title: 'The values can not be read at the moment.',
    detail: 'The table did not answer, or asks for less. Nothing is lost: ask again in a moment.',
    headers: { 'retry-after': '1' },
  });
}
