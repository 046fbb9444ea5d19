import type { MetricStore } from '../alarms/metric-store.ts';
import { type ServiceFront, serviceError } from './forwarding-server.ts';
import { SecondlyUse } from './rate-limit.ts';

/** Of one shard, a second. */
export interface ShardLimits {
  readonly recordsIn: number;
  readonly bytesIn: number;
  readonly reads: number;
}

/** Kinesis Data Streams Developer Guide, "Quotas and limits". */
export const SHARD_LIMITS: ShardLimits = { recordsIn: 1000, bytesIn: 1_048_576, reads: 5 };

const EXCEEDED = 'ProvisionedThroughputExceededException';

interface PutRecords {
  readonly Records: readonly { readonly Data: string; readonly PartitionKey: string }[];
}

/**
 * Stands before a Kinesis emulator, none of which has limits: holds a stream of one shard to those that Kinesis has,
 * and publishes what Kinesis publishes of it.
 */
export function streamLimits(
  store: MetricStore,
  stream: string,
  limits: ShardLimits = SHARD_LIMITS,
): ServiceFront {
  const records = new SecondlyUse();
  const bytes = new SecondlyUse();
  const reads = new SecondlyUse();
  const publish = (name: string, value: number) =>
    store.add({ namespace: 'AWS/Kinesis', name, dimensions: { StreamName: stream } }, value, Date.now());

  return async (request, forward) => {
    const nowMs = Date.now();
    if (request.operation === 'GetRecords') {
      reads.add(1, nowMs);
      const refused = reads.used(nowMs) > limits.reads;
      publish('ReadProvisionedThroughputExceeded', refused ? 1 : 0);
      return refused ? serviceError(400, EXCEEDED, 'Rate exceeded for shard.') : forward(request);
    }
    if (request.operation !== 'PutRecords') return forward(request);

    const put = JSON.parse(request.body) as PutRecords;
    const accepted = put.Records.map(({ Data: data, PartitionKey: key }) => {
      const size = Buffer.byteLength(data, 'base64') + Buffer.byteLength(key);
      if (records.used(nowMs) >= limits.recordsIn || bytes.used(nowMs) + size > limits.bytesIn) return false;
      records.add(1, nowMs);
      bytes.add(size, nowMs);
      publish('IncomingRecords', 1);
      publish('IncomingBytes', size);
      return true;
    });
    const refusals = accepted.filter((one) => !one).length;
    publish('WriteProvisionedThroughputExceeded', refusals);
    if (refusals === 0) return forward(request);

    const taken = put.Records.filter((_, i) => accepted[i]);
    const results: object[] = [];
    if (taken.length > 0) {
      const response = await forward({ ...request, body: JSON.stringify({ ...put, Records: taken }) });
      if (response.status !== 200) return response;
      results.push(...(JSON.parse(response.body) as { Records: object[] }).Records);
    }
    // Each record has a result of its own, in a response that is a success.
    const told = accepted.map((one) =>
      one ? results.shift() : { ErrorCode: EXCEEDED, ErrorMessage: 'Rate exceeded for shard.' },
    );
    return { status: 200, body: JSON.stringify({ FailedRecordCount: refusals, Records: told }) };
  };
}
