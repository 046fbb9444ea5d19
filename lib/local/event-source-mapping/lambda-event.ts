import type { StreamRecord } from './ports.ts';

/** A record as Kinesis gives it. */
export interface KinesisRecord {
  readonly partitionKey: string;
  readonly sequenceNumber: string;
  readonly data: Uint8Array;
  readonly arrivalMs: number;
}

/** What all records of a mapping have in common. */
export interface EventSource {
  readonly region: string;
  readonly streamArn: string;
  /** Of the function's role. */
  readonly roleArn: string;
}

/** A record as the element of `Records` that Lambda makes of it; with the comma, where there is a next one. */
export function toStreamRecord(record: KinesisRecord, shardId: string, source: EventSource): StreamRecord {
  const { buffer, byteOffset, byteLength } = record.data;
  const json = JSON.stringify({
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: record.partitionKey,
      sequenceNumber: record.sequenceNumber,
      data: Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
      approximateArrivalTimestamp: record.arrivalMs / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shardId}:${record.sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: source.roleArn,
    awsRegion: source.region,
    eventSourceARN: source.streamArn,
  });
  return {
    sequenceNumber: record.sequenceNumber,
    arrivalMs: record.arrivalMs,
    payloadBytes: Buffer.byteLength(json) + 1,
    json,
  };
}

/** An invocation's event, as the JSON text that Lambda would give to the function. */
export function lambdaEventJson(records: readonly StreamRecord[]): string {
  return `{"Records":[${records.map((record) => record.json).join(',')}]}`;
}
