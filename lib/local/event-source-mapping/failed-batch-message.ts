import type { DiscardedBatch, PolledRecord } from './shard-poller-action.ts';

/** Where a discarded batch comes from, and when. */
export interface FailedBatchOrigin {
  readonly functionArn: string;
  readonly streamArn: string;
  readonly shardId: string;
  /** Of the last invocation with these records; `undefined` if there was none. */
  readonly requestId: string | undefined;
  readonly nowMs: number;
}

/**
 * Lambda's message to an on-failure destination: metadata only, the records stay in the stream.
 * Shape: AWS Lambda Developer Guide, "Retain discarded batch records for a Kinesis Data Streams event source".
 */
export function failedBatchMessage(batch: DiscardedBatch<PolledRecord>, origin: FailedBatchOrigin) {
  const first = batch.records[0];
  const last = batch.records.at(-1);
  if (first === undefined || last === undefined) throw new Error('a discarded batch has at least one record');
  return {
    requestContext: {
      requestId: origin.requestId ?? '',
      functionArn: origin.functionArn,
      condition: batch.condition,
      approximateInvokeCount: batch.invocations,
    },
    ...(origin.requestId !== undefined && {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    }),
    version: '1.0',
    timestamp: new Date(origin.nowMs).toISOString(),
    KinesisBatchInfo: {
      shardId: origin.shardId,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: new Date(first.arrivalMs).toISOString(),
      approximateArrivalOfLastRecord: new Date(last.arrivalMs).toISOString(),
      batchSize: batch.records.length,
      streamArn: origin.streamArn,
    },
  };
}

export type FailedBatchMessage = ReturnType<typeof failedBatchMessage>;
