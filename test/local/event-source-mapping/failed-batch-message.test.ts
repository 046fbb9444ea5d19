import { expect, test } from 'vitest';
import { failedBatchMessage } from '#local/event-source-mapping/failed-batch-message.ts';

const RECORDS = [
  {
    sequenceNumber: '49601189658422359378836298521827638475320189012309704722',
    arrivalMs: Date.UTC(2019, 10, 14, 0, 38, 4, 835),
    payloadBytes: 1,
  },
  {
    sequenceNumber: '49601189658422359378836298522902373528957594348623495186',
    arrivalMs: Date.UTC(2019, 10, 14, 0, 38, 5, 580),
    payloadBytes: 1,
  },
];
const ORIGIN = {
  functionArn: 'arn:aws:lambda:us-east-2:123456789012:function:myfunction',
  streamArn: 'arn:aws:kinesis:us-east-2:123456789012:stream/mystream',
  shardId: 'shardId-000000000001',
  requestId: 'c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5',
  nowMs: Date.UTC(2019, 10, 14, 0, 38, 6, 21),
};

test('the message is as in the Lambda Developer Guide', () => {
  expect(
    failedBatchMessage({ condition: 'RetryAttemptsExhausted', records: RECORDS, invocations: 1 }, ORIGIN),
  ).toEqual({
    requestContext: {
      requestId: 'c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5',
      functionArn: 'arn:aws:lambda:us-east-2:123456789012:function:myfunction',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 1,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2019-11-14T00:38:06.021Z',
    KinesisBatchInfo: {
      shardId: 'shardId-000000000001',
      startSequenceNumber: '49601189658422359378836298521827638475320189012309704722',
      endSequenceNumber: '49601189658422359378836298522902373528957594348623495186',
      approximateArrivalOfFirstRecord: '2019-11-14T00:38:04.835Z',
      approximateArrivalOfLastRecord: '2019-11-14T00:38:05.580Z',
      batchSize: 2,
      streamArn: 'arn:aws:kinesis:us-east-2:123456789012:stream/mystream',
    },
  });
});

test('records that the function never got have no response', () => {
  const discarded = { condition: 'RecordAgeExceeded', records: RECORDS, invocations: 0 } as const;
  expect(failedBatchMessage(discarded, { ...ORIGIN, requestId: undefined })).not.toHaveProperty(
    'responseContext',
  );
});
