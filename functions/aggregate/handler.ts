import pipeline from 'weir:pipeline';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { aggregateInvocation } from './aggregate-invocation.ts';
import { aggregateEnv } from './env.ts';

const invoke = aggregateInvocation(pipeline, aggregateEnv.parse(process.env));

/** Aggregates a batch of one shard, and names the first record that does not count yet. */
export async function handler(
  event: KinesisStreamEvent,
  context: Context,
): Promise<KinesisStreamBatchResponse> {
  return invoke(event, Date.now() + context.getRemainingTimeInMillis());
}
