import pipeline from 'weir:pipeline';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ingestEnv } from './env.ts';
import { ingestInvocation } from './ingest-invocation.ts';

const invoke = ingestInvocation(pipeline, ingestEnv.parse(process.env));

/** Puts the events of a request on the stream, and answers event by event. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  return invoke(event);
}
