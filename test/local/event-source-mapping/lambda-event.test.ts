import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lambdaEventJson, toStreamRecord } from '#local/event-source-mapping/lambda-event.ts';
import { EVENT_ENVELOPE_BYTES } from '#local/event-source-mapping/take-batch.ts';

const SOURCE = {
  region: 'us-east-2',
  streamArn: 'arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream',
  roleArn: 'arn:aws:iam::123456789012:role/lambda-role',
};

test('an event is as in the Lambda Developer Guide', () => {
  const record = toStreamRecord(
    {
      partitionKey: '1',
      sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
      data: new TextEncoder().encode('Hello, this is a test.'),
      arrivalMs: 1545084650987,
    },
    'shardId-000000000006',
    SOURCE,
  );
  expect(JSON.parse(lambdaEventJson([record]))).toEqual({
    Records: [
      {
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: '1',
          sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
          data: 'SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==',
          approximateArrivalTimestamp: 1545084650.987,
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: 'shardId-000000000006:49590338271490256608559692538361571095921575989136588898',
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: 'arn:aws:iam::123456789012:role/lambda-role',
        awsRegion: 'us-east-2',
        eventSourceARN: 'arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream',
      },
    ],
  });
});

test("a record's payload bytes are what it adds to the event, and its data comes through unchanged", () => {
  const kinesisRecord = fc.record({
    partitionKey: fc.string({ minLength: 1, unit: 'binary' }),
    sequenceNumber: fc.bigInt({ min: 0n, max: 10n ** 128n }).map(String),
    data: fc.uint8Array({ maxLength: 300 }),
    arrivalMs: fc.integer({ min: 0, max: 4e12 }),
  });
  fc.assert(
    fc.property(fc.array(kinesisRecord, { minLength: 1, maxLength: 20 }), (records) => {
      const made = records.map((record) => toStreamRecord(record, 'shardId-000000000000', SOURCE));
      const json = lambdaEventJson(made);
      const bytes = made.reduce((sum, { payloadBytes }) => sum + payloadBytes, EVENT_ENVELOPE_BYTES);
      // The last record has no comma behind it.
      expect(Buffer.byteLength(json)).toBe(bytes - 1);
      const { Records } = JSON.parse(json) as {
        Records: { kinesis: { data: string; approximateArrivalTimestamp: number } }[];
      };
      for (const [index, { kinesis }] of Records.entries()) {
        expect(new Uint8Array(Buffer.from(kinesis.data, 'base64'))).toEqual(records[index]?.data);
        expect(Math.round(kinesis.approximateArrivalTimestamp * 1000)).toBe(records[index]?.arrivalMs);
      }
    }),
  );
});
