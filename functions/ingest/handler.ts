import pipeline from 'weir:pipeline';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { ingestEnv } from './env.ts';
import { ingestInvocation } from './ingest-invocation.ts';

const invoke = ingestInvocation(pipeline, ingestEnv.parse(process.env));

/** Puts the events of a request on the stream, and answers event by event. */
export async function handler(event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> {
  return invoke(event, Date.now() + context.getRemainingTimeInMillis());
}
