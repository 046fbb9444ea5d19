import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { fromKinesisEvent } from '#adapters/kinesis-event.ts';

const ARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/flights';

function record(
  sequenceNumber: string,
  data: string | Uint8Array,
  shard = 'shardId-000000000000',
): KinesisStreamRecord {
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: 'p',
      sequenceNumber,
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: 1_545_084_650.987,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shard}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/aggregate',
    awsRegion: 'us-east-1',
    eventSourceARN: ARN,
  };
}

describe('an invocation’s event', () => {
  test('is the shard and its records: bytes as they were put, arrival in milliseconds', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const batch = fromKinesisEvent({ Records: [record('9', bytes), record('10', 'é')] });
    expect(batch.streamArn).toBe(ARN);
    expect(batch.shard).toBe('shardId-000000000000');
    expect(batch.records.map(({ sequence, arrival }) => [sequence, arrival])).toEqual([
      ['9', 1_545_084_650_987],
      ['10', 1_545_084_650_987],
    ]);
    expect([...(batch.records[0]?.data ?? [])]).toEqual([...bytes]);
    expect(Buffer.from(batch.records[1]?.data ?? []).toString()).toBe('é');
  });

  test('tells the share of the hottest partition key, of as many as it looks at', () => {
    const shareOf = (keys: readonly string[]) =>
      fromKinesisEvent({
        Records: keys.map((partitionKey, i) => {
          const each = record(String(i + 1), '');
          return { ...each, kinesis: { ...each.kinesis, partitionKey } };
        }),
      }).hotKeyShare;
    const keys = (length: number, key: (i: number) => string) => Array.from({ length }, (_, i) => key(i));
    expect(shareOf(keys(99, () => 'hot'))).toBeUndefined();
    expect(shareOf(keys(100, (i) => (i % 4 < 3 ? 'hot' : `k${i}`)))).toBe(0.75);
    // One in three is looked at; the hot ones are where no step of ours can be in time with them.
    expect(shareOf(keys(3000, (i) => (i < 1800 ? 'hot' : `k${i}`)))).toBeCloseTo(0.6, 2);
  });

  test.each<[string, unknown, RegExp]>([
    ['has no records', { Records: [] }, /no records of a Kinesis stream; map the function to one/],
    ['is empty', {}, /no records of a Kinesis stream/],
    ['is of a queue', { Records: [{ messageId: 'm', body: '{}' }] }, /no records of a Kinesis stream/],
    [
      'mixes shards',
      { Records: [record('1', ''), record('2', '', 'shardId-000000000001')] },
      /records of several shards/,
    ],
    [
      'is out of order',
      { Records: [record('10', ''), record('9', '')] },
      /not in the order of their sequence numbers/,
    ],
    ['has a record twice', { Records: [record('9', ''), record('9', '')] }, /not in the order/],
    [
      'has a number that is none',
      { Records: [record('LATEST', '')] },
      /no Kinesis sequence number: "LATEST"/,
    ],
  ])('that %s is a mistake of the set-up', (_, event, message) => {
    expect(() => fromKinesisEvent(event as KinesisStreamEvent)).toThrow(message);
  });
});
