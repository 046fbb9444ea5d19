import { createHash } from 'node:crypto';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  InvalidArgumentException,
  type KinesisClient,
  type _Record as KinesisRecord,
  ListShardsCommand,
  MergeShardsCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import type {
  MoveOutcome,
  OpenShard,
  SampleBounds,
  ShardControl,
  StreamStatus,
} from '#app/ports/shard-control.ts';
import type { EpochMs, HashPosition, ShardId } from '#core/brand.ts';
import { startsLikeKpl } from '#core/records/kpl-message.ts';
import { hashDecimal, hashPosition } from '#core/scale/hash-range.ts';
import type { SampledRecord, ShardSample } from '#core/scale/shard-sample.ts';
import { toDependencyError } from './dependency-error.ts';
import { streamId, streamInput, streamNameOfArn } from './stream-identity.ts';

/** Records that are asked for first, when it is not known how large they are. */
const FIRST_RECORDS = 25;
/** Calls for one sample at most: a shard answers five in a second, and Lambda needs one of them. */
const READS_MAX = 4;
/** A sample whose records all arrived in one instant has lasted for one of these at least. */
const SPAN_MIN_MS = 1;

/** The shards of a Kinesis stream. */
export class KinesisShardControl implements ShardControl {
  readonly #client: KinesisClient;
  readonly #streamInput: ReturnType<typeof streamInput>;
  readonly #name: string;
  readonly #now: () => number;

  /** `nameOrArn`: a name alone is looked for in the caller's own account. `now` gives epoch milliseconds. */
  constructor(client: KinesisClient, nameOrArn: string, now: () => number = Date.now) {
    this.#client = client;
    this.#streamInput = streamInput(nameOrArn);
    this.#name = nameOrArn.startsWith('arn:') ? streamNameOfArn(nameOrArn) : nameOrArn;
    this.#now = now;
  }

  async status(): Promise<StreamStatus> {
    const { StreamDescriptionSummary: summary } = await this.#call('DescribeStreamSummary', () =>
      this.#client.send(new DescribeStreamSummaryCommand(this.#streamInput)),
    );
    const created = summary?.StreamCreationTimestamp;
    if (created === undefined) throw new Error(`the stream ${this.#name} has no creation time`);
    return {
      stream: streamId(this.#name, created),
      mode: summary?.StreamModeDetails?.StreamMode === 'ON_DEMAND' ? 'on-demand' : 'provisioned',
      active: summary?.StreamStatus === 'ACTIVE',
      openShards: summary?.OpenShardCount ?? 0,
    };
  }

  async openShards(): Promise<OpenShard[]> {
    const shards: OpenShard[] = [];
    let token: string | undefined;
    do {
      const input = token === undefined ? this.#streamInput : { NextToken: token };
      const page = await this.#call('ListShards', () => this.#client.send(new ListShardsCommand(input)));
      for (const { HashKeyRange: range, SequenceNumberRange: numbers, ShardId: id } of page.Shards ?? []) {
        if (numbers?.EndingSequenceNumber !== undefined) continue;
        const { EndingHashKey: last, StartingHashKey: first } = range ?? {};
        if (id === undefined || first === undefined || last === undefined) continue;
        shards.push({
          shard: id as ShardId,
          range: { first: hashPosition(first), last: hashPosition(last) },
        });
      }
      token = page.NextToken;
    } while (token !== undefined);
    return shards;
  }

  async sample(shard: ShardId, from: EpochMs, bounds: SampleBounds): Promise<ShardSample> {
    const { ShardIterator } = await this.#call('GetShardIterator', () =>
      this.#client.send(
        new GetShardIteratorCommand({
          ...this.#streamInput,
          ShardId: shard,
          ShardIteratorType: 'AT_TIMESTAMP',
          Timestamp: new Date(from),
        }),
      ),
    );
    const records: SampledRecord[] = [];
    let iterator = ShardIterator;
    let bytes = 0;
    let newest: number = from;
    let wanted = FIRST_RECORDS;
    for (let read = 0; read < READS_MAX && iterator !== undefined && wanted > 0; read++) {
      const input = { ShardIterator: iterator, Limit: wanted };
      const page = await this.#call('GetRecords', () => this.#client.send(new GetRecordsCommand(input)));
      for (const record of page.Records ?? []) {
        const sampled = toSampled(record);
        bytes += sampled.bytes;
        records.push(sampled);
        newest = Math.max(newest, record.ApproximateArrivalTimestamp?.getTime() ?? newest);
      }
      // With fewer than were asked for, and none waiting, that was all.
      const isAll = (page.Records ?? []).length < wanted && (page.MillisBehindLatest ?? 0) === 0;
      if (isAll || page.NextShardIterator === undefined) return sampleOf(records, from, this.#now());
      iterator = page.NextShardIterator;
      wanted = wantedNext(records.length, bytes, bounds);
    }
    return sampleOf(records, from, newest);
  }

  split(shard: ShardId, at: HashPosition): Promise<MoveOutcome> {
    const input = { ...this.#streamInput, ShardToSplit: shard, NewStartingHashKey: hashDecimal(at) };
    return this.#move('SplitShard', () => this.#client.send(new SplitShardCommand(input)));
  }

  merge(shard: ShardId, neighbour: ShardId): Promise<MoveOutcome> {
    const input = { ...this.#streamInput, ShardToMerge: shard, AdjacentShardToMerge: neighbour };
    return this.#move('MergeShards', () => this.#client.send(new MergeShardsCommand(input)));
  }

  async #move(operation: string, send: () => Promise<unknown>): Promise<MoveOutcome> {
    try {
      await send();
      return 'begun';
    } catch (error) {
      // The stream is being changed; or, with it ready again, the shard is closed, which an argument then is wrong about.
      const isOvertaken =
        error instanceof ResourceInUseException ||
        error instanceof ResourceNotFoundException ||
        error instanceof InvalidArgumentException;
      if (isOvertaken) return 'overtaken';
      throw toDependencyError('stream', operation, error);
    }
  }

  async #call<Result>(operation: string, send: () => Promise<Result>): Promise<Result> {
    try {
      return await send();
    } catch (error) {
      throw toDependencyError('stream', operation, error);
    }
  }
}

/** As many as are left of the bounds, going by the mean of those before. */
function wantedNext(records: number, bytes: number, { bytesMax, recordsMax }: SampleBounds): number {
  const mean = Math.max(1, bytes / Math.max(1, records));
  return Math.min(recordsMax - records, Math.floor((bytesMax - bytes) / mean));
}

function sampleOf(records: readonly SampledRecord[], from: number, until: number): ShardSample {
  return { records, spanMs: Math.max(SPAN_MIN_MS, until - from) };
}

function toSampled({ Data: data, PartitionKey: key = '' }: KinesisRecord): SampledRecord {
  const payload = data ?? new Uint8Array();
  return {
    // The KPL puts aggregated records with explicit hash keys, and a partition key that says nothing.
    position: startsLikeKpl(payload) ? null : hashOfKey(key),
    bytes: payload.length + Buffer.byteLength(key),
  };
}

/** Where Kinesis puts a partition key: MD5 of its UTF-8. */
export function hashOfKey(partitionKey: string): HashPosition {
  return createHash('md5').update(partitionKey, 'utf8').digest('hex') as HashPosition;
}
