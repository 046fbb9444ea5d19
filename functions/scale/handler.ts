import pipeline from 'weir:pipeline';
import type { Context } from 'aws-lambda';
import type { ScaleReport } from '#app/scale/scale-stream.ts';
import { scaleEnv } from './env.ts';
import { scaleInvocation } from './scale-invocation.ts';

const invoke = scaleInvocation(pipeline, scaleEnv.parse(process.env));

/** Splits and merges the stream's shards, where their load asks for it. What its schedule sends does not matter. */
export async function handler(_event: unknown, context: Context): Promise<ScaleReport> {
  return invoke(Date.now() + context.getRemainingTimeInMillis());
}
