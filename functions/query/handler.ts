import pipeline from 'weir:pipeline';
import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import { queryEnv } from './env.ts';
import { type QueryEvent, queryInvocation } from './query-invocation.ts';

const invoke = queryInvocation(pipeline, queryEnv.parse(process.env));

/** Answers one request for the pipeline's values. */
export async function handler(event: QueryEvent, context: Context): Promise<APIGatewayProxyResult> {
  return invoke(event, Date.now() + context.getRemainingTimeInMillis());
}
