import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import type { StoredRecords } from '#app/ports/stored-records.ts';
import type { EpochMs, SequenceNumber } from '#core/brand.ts';
import { compareSequence, parseSequence } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { toDependencyError } from './dependency-error.ts';
import { streamInput } from './stream-identity.ts';

/** Kinesis walks through empty parts of a shard step by step: so many in a row at its end say that it is the end. */
const EMPTY_READS_MAX = 20;

/** What a Kinesis stream still keeps. */
export class KinesisStoredRecords implements StoredRecords {
  readonly #client: KinesisClient;
  readonly #streamInput: ReturnType<typeof streamInput>;

  /** `nameOrArn`: a name alone is looked for in the caller's own account. */
  constructor(client: KinesisClient, nameOrArn: string) {
    this.#client = client;
    this.#streamInput = streamInput(nameOrArn);
  }

  async *recordsFrom({ shard }: ShardKey, sequence: SequenceNumber): AsyncGenerator<StreamRecord> {
    let iterator: string | undefined;
    try {
      const { ShardIterator } = await this.#client.send(
        new GetShardIteratorCommand({
          ...this.#streamInput,
          ShardId: shard,
          ShardIteratorType: 'AT_SEQUENCE_NUMBER',
          StartingSequenceNumber: sequence,
        }),
      );
      iterator = ShardIterator;
    } catch (error) {
      // The shard was split or merged, and all that was in it has left the stream.
      if (error instanceof ResourceNotFoundException) return;
      throw toDependencyError('stream', 'GetShardIterator', error);
    }
    for (let empty = 0; iterator !== undefined && empty < EMPTY_READS_MAX; ) {
      const page = await this.#read(iterator);
      const records = page.Records ?? [];
      for (const { ApproximateArrivalTimestamp: arrival, Data: data, SequenceNumber: number } of records) {
        if (data === undefined || number === undefined || arrival === undefined) continue;
        const parsed = parseSequence(number);
        if (compareSequence(parsed, sequence) < 0) continue;
        yield { sequence: parsed, arrival: arrival.getTime() as EpochMs, data };
      }
      if (records.length > 0) empty = 0;
      else if (page.MillisBehindLatest === 0) empty += 1;
      iterator = page.NextShardIterator;
    }
  }

  async #read(iterator: string) {
    try {
      return await this.#client.send(new GetRecordsCommand({ ShardIterator: iterator }));
    } catch (error) {
      throw toDependencyError('stream', 'GetRecords', error);
    }
  }
}
