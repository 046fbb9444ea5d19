import { createHash } from 'node:crypto';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import { canonical, jsonEvent } from './events.ts';

/** What aggregation-format.md of the KPL says, for a writer of protobuf that is none of ours. */
const AggregatedRecord = protobuf
  .parse(
    `syntax = "proto2";
    message AggregatedRecord {
      repeated string partitionKeyTable = 1;
      repeated string explicitHashKeyTable = 2;
      repeated Record records = 3;
    }
    message Record {
      required uint64 partitionKeyIndex = 1;
      optional uint64 explicitHashKeyIndex = 2;
      required bytes data = 3;
      repeated Tag tags = 4;
    }
    message Tag {
      required string key = 1;
      optional string value = 2;
    }`,
  )
  .root.lookupType('AggregatedRecord');

const record = fc.record(
  {
    partitionKeyIndex: fc.nat(),
    explicitHashKeyIndex: fc.nat(),
    events: fc.array(jsonEvent, { minLength: 1, maxLength: 4 }),
    tags: fc.array(fc.record({ key: fc.string(), value: fc.string() }), { maxLength: 2 }),
  },
  { requiredKeys: ['partitionKeyIndex', 'events'] },
);

const aggregated = fc.record({
  partitionKeyTable: fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 4 }),
  explicitHashKeyTable: fc.array(
    fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((key) => String(key)),
    { maxLength: 3 },
  ),
  records: fc.array(record, { minLength: 1, maxLength: 6 }),
});

test('events aggregated by a protobuf library are the events decoded, whatever their keys and tags', () => {
  fc.assert(
    fc.property(aggregated, (content) => {
      const records = content.records.map(({ events, ...rest }) => {
        const lines = events.map((event) => JSON.stringify(event)).join('\n');
        return { ...rest, data: Buffer.from(lines) };
      });
      const message = AggregatedRecord.encode(AggregatedRecord.create({ ...content, records })).finish();
      const checksum = createHash('md5').update(message).digest();
      const bytes = Buffer.concat([Buffer.from([0xf3, 0x89, 0x9a, 0xc2]), message, checksum]);
      const decoded = decodeRecord(bytes, recordTools);
      expect(decoded.map((event) => (event.ok ? canonical(event.value) : event.rejection))).toEqual(
        content.records.flatMap(({ events }) => events).map(canonical),
      );
    }),
    { numRuns: 300 },
  );
});
