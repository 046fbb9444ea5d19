import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { awsConfig } from '#adapters/aws-config.ts';
import { recordTools } from '#adapters/record-tools.ts';
import type { LocalRun } from '#cli/run/local-run.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { NexmarkEvent } from './bids.ts';

/** Who bid, and when the stream took the bid in, epoch milliseconds. */
export interface Arrival {
  readonly bidder: number;
  readonly ms: number;
}

/** The bids in a run's stream, read back from it. */
export async function* readArrivals({ runtime }: LocalRun): AsyncGenerator<Arrival> {
  const client = new KinesisClient(awsConfig());
  const StreamName = runtime.environment['WEIR_STREAM'];
  try {
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
    for (const { ShardId } of Shards) {
      const from = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
      let iterator = (await client.send(new GetShardIteratorCommand(from))).ShardIterator;
      while (iterator !== undefined) {
        const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
        const records = page.Records ?? [];
        for (const { ApproximateArrivalTimestamp, Data } of records) {
          const ms = ApproximateArrivalTimestamp?.getTime() ?? Number.NaN;
          for (const event of decodeRecord(Data ?? new Uint8Array(), recordTools)) {
            const bid = event.ok ? (event.value as NexmarkEvent).bid : null;
            if (bid !== null) yield { bidder: bid.bidder, ms };
          }
        }
        // The stream is at rest: an empty page is its end.
        iterator = records.length === 0 ? undefined : page.NextShardIterator;
      }
    }
  } finally {
    client.destroy();
  }
}
