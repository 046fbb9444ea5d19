import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { StreamClock } from '../clock/stream-clock.ts';
import type { MadeRecord } from '../load/records.ts';

const RECORDS_A_CALL = 500;
const RETRY_MS = 1000;
/** A producer that is refused for so long gives up; here that is a failure of the run. */
const ATTEMPTS_MAX = 600;

/** Told where a record is. */
export type OnPut = (record: MadeRecord, shard: string, sequence: string) => void;

/** Puts records into the stream, again and again those that are refused; resolves when all of them are in it. */
export async function putArrivals(
  kinesis: KinesisClient,
  stream: string,
  records: readonly MadeRecord[],
  clock: StreamClock,
  onPut: OnPut = () => {},
): Promise<void> {
  for (let from = 0; from < records.length; from += RECORDS_A_CALL) {
    let left = records.slice(from, from + RECORDS_A_CALL);
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > ATTEMPTS_MAX)
        throw new Error(`${left.length} records were refused ${ATTEMPTS_MAX} times`);
      const Records = left.map(({ data, partitionKey }) => ({ Data: data, PartitionKey: partitionKey }));
      const command = new PutRecordsCommand({ StreamName: stream, Records });
      const put = await clock.during(() => kinesis.send(command));
      for (const [i, { SequenceNumber: sequence, ShardId: shard }] of (put.Records ?? []).entries()) {
        const record = left[i];
        if (record !== undefined && shard !== undefined && sequence !== undefined)
          onPut(record, shard, sequence);
      }
      left = left.filter((_, i) => put.Records?.[i]?.ErrorCode !== undefined);
      if (left.length > 0) await clock.until(clock.nowMs() + RETRY_MS);
    }
  }
}
