import pipeline from 'weir:pipeline';
import type { Context } from 'aws-lambda';
import type { CloseReport } from '#app/close/close-report.ts';
import { closeInvocation } from './close-invocation.ts';
import { closeEnv } from './env.ts';

const invoke = closeInvocation(pipeline, closeEnv.parse(process.env));

/** Closes the windows that are over. What its schedule sends does not matter. */
export async function handler(_event: unknown, context: Context): Promise<CloseReport> {
  return invoke(Date.now() + context.getRemainingTimeInMillis());
}
