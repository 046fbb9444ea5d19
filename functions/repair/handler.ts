import pipeline from 'weir:pipeline';
import type { Context } from 'aws-lambda';
import type { RepairReport } from '#app/repair/repair-report.ts';
import { repairEnv } from './env.ts';
import { repairInvocation } from './repair-invocation.ts';

const invoke = repairInvocation(pipeline, repairEnv.parse(process.env));

/** Adds what was left out under load, once the lag is gone. What its schedule sends does not matter. */
export async function handler(_event: unknown, context: Context): Promise<RepairReport> {
  return invoke(Date.now() + context.getRemainingTimeInMillis());
}
