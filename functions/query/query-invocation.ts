import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type * as z from 'zod';
import { fromResponse } from '#adapters/api-gateway/from-response.ts';
import { type ProxyEvent, toRequest } from '#adapters/api-gateway/to-request.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { FunctionEnvironment } from '#adapters/function-environment.ts';
import { healthProbes } from '#adapters/health-probes.ts';
import { InvocationLog } from '#adapters/invocation-log.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import { once } from '#adapters/once.ts';
import { tableService } from '#adapters/resilience/guard-client.ts';
import { sha256 } from '#adapters/sha256.ts';
import { checkHealth } from '#app/health/check-health.ts';
import { problemResponse } from '#app/http/problem.ts';
import { answerAggregate, answerTogether } from '#app/query/answer-aggregate.ts';
import { FinalCache } from '#app/query/final-cache.ts';
import type { QueryApiDeps } from '#app/query-api/deps.ts';
import { answerQuery } from '#app/query-api/query-api.ts';
import { ENVIRONMENT_METRICS } from '#contracts/environment-metrics.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { queryEnv } from './env.ts';

/** What is left of an invocation's time when reading ends: to write the answer. */
const ANSWER_MS = 5000;
/** Where in the code, and a few of its callers. */
const STACK_LENGTH_MAX = 1500;
/** Our own are shorter; others may be anything. */
const PATH_LENGTH_MAX = 200;

/** A request as API Gateway hands it on, with the path that the client sees. */
export type QueryEvent = ProxyEvent & { readonly requestContext: { readonly path?: string } };

/** Wires the use case to AWS, once an execution environment; what it returns is called once an invocation. */
export function queryInvocation(pipeline: Pipeline, env: z.output<typeof queryEnv>) {
  const log = new InvocationLog();
  const environment = new FunctionEnvironment(log.circuit);
  // Loaded when the first answer is made, which need not wait for it.
  const metrics = once(async () => {
    const { MetricPublisher } = await import('#adapters/publish-metrics.ts');
    return new MetricPublisher(pipeline.name, ENVIRONMENT_METRICS);
  });
  const dynamo = environment.makeClient((config) => new DynamoDBClient(config), tableService);
  const table = new DynamoTable(dynamo, env.WEIR_TABLE, pipeline.name);
  const reads = { table, compression: nodeCompression, finals: new FinalCache() };
  environment.watchCache(reads.finals);
  const probes = healthProbes(pipeline, env, environment.makeClient);
  const deps: QueryApiDeps = {
    pipeline,
    answer: (aggregate, levelMs, range) => answerAggregate(reads, aggregate, { ...range, levelMs }),
    together: (aggregate, levelMs, range) => answerTogether(reads, aggregate, { ...range, levelMs }),
    health: () => checkHealth({ table, probes, now: Date.now, sleep: (ms) => sleep(ms) }),
    now: Date.now,
    hash: sha256,
    onUnavailable: (error) => log.warn('unavailable', 'query failed', { error: error.message }),
  };

  return async (event: QueryEvent, deadline: number): Promise<APIGatewayProxyResult> => {
    const request = toRequest(event);
    const call = { deadline: deadline - ANSWER_MS, basePath: basePathOf(event) };
    try {
      return fromResponse(await environment.invocation(deadline, () => answerQuery(deps, request, call)));
    } catch (error) {
      log.error('bug', 'query failed', {
        path: request.path.slice(0, PATH_LENGTH_MAX),
        error: stackOf(error),
      });
      const response = problemResponse({
        status: 500,
        name: 'internal',
        title: 'The request can not be answered.',
        detail: 'This is a mistake in Weir, or in what is stored; the log of the function query has more.',
      });
      return fromResponse(response);
    } finally {
      log.end();
      const values = environment.takeMetrics();
      if (Object.keys(values).length > 0) (await metrics()).publish(values);
    }
  };
}

/** What the client's path has in front of ours: a stage, or what a custom domain maps to the API. */
function basePathOf({ path, requestContext }: QueryEvent): string {
  const seen = requestContext.path ?? path;
  return seen.endsWith(path) ? seen.slice(0, -path.length) : '';
}

/** Of a mistake, without the request's parameters: values of groups may be about persons. */
function stackOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.slice(0, STACK_LENGTH_MAX);
}
