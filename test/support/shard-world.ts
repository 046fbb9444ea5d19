import { nodeCompression } from '#adapters/node-compression.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { aggregateBatch } from '#app/aggregate/aggregate-batch.ts';
import type { BatchReport } from '#app/aggregate/batch-report.ts';
import type { AggregateDeps } from '#app/aggregate/deps.ts';
import { AGGREGATE_LIMITS, type AggregateLimits } from '#app/aggregate/limits.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import type { Lookups } from '#app/enrich/lookups.ts';
import type { DeadLetter } from '#app/ports/dead-letters.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { Table } from '#app/ports/table.ts';
import { type AggregateRow, queryAggregate } from '#app/query/query-aggregate.ts';
import type { EpochMs, ShardId, StreamId } from '#core/brand.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import { parseSequence } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { RecordTools } from '#core/records/decoded-event.ts';
import type { ShardHashKeys } from '#core/records/hash-keys.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { MemoryTable, toPort } from '../simulation/memory-table.ts';

export const SHARD: ShardKey = {
  stream: 'stream@1' as StreamId,
  shard: 'shardId-000000000000' as ShardId,
};

/** When the records of the tests arrive. */
export const ARRIVAL = Date.parse('2001-01-31T12:00:00Z') as EpochMs;

/** What may happen to a call: it fails and was not made, or it was made and its reply is lost. */
export type Fault = 'before' | 'after';

export class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

/** One shard's table and dead-letter queue in memory, and environments of the function that share them. */
export class ShardWorld {
  readonly table = new MemoryTable(true);
  readonly letters: DeadLetter[] = [];
  /** Calls made so far, e.g. `writeHead`. */
  readonly calls: string[] = [];
  now: number = ARRIVAL + 1000;
  limits: AggregateLimits = AGGREGATE_LIMITS;
  tools: RecordTools = recordTools;
  /** Decides what happens to the call that is the nth of all, from 0. */
  fault: (n: number, call: string) => Fault | undefined = () => undefined;
  readonly pipeline: Pipeline;
  /** Makes the lookups of a new environment, for a pipeline that has any. */
  newLookups: (() => Lookups) | undefined;
  /** What the shard was made of. */
  parents: readonly ShardKey[] = [];
  /** Where it and those lie. */
  hashKeys: ShardHashKeys | undefined;
  #names = 0;
  #environment: WarmCache = new WarmCache();
  #lookups: Lookups | undefined;
  #isDead = false;

  constructor(pipeline: Pipeline) {
    this.pipeline = pipeline;
  }

  get head(): Head {
    return this.table.readHead(SHARD) ?? EMPTY_HEAD;
  }

  /** The process dies: whatever it still does has no effect, and the next invocation is in another one. */
  die(): void {
    this.#isDead = true;
  }

  /** The next invocation is in a new execution environment, which remembers nothing. */
  newEnvironment(): void {
    this.#environment = new WarmCache();
    this.#lookups = undefined;
  }

  deps(cache: WarmCache = this.#environment): AggregateDeps {
    this.#lookups ??= this.newLookups?.();
    return {
      lookups: this.#lookups,
      pipeline: this.pipeline,
      table: this.#faultyTable(),
      deadLetters: {
        send: async (letters) => {
          await this.#call('send', () => this.letters.push(...letters));
        },
      },
      compression: nodeCompression,
      tools: this.tools,
      cache,
      limits: this.limits,
      duplicates: {
        lineage: { parentsOf: async () => this.#call('parentsOf', () => this.parents) },
        hashKeys: { of: async () => this.#call('hashKeys', () => this.hashKeys) },
        newName: () => `segment-${++this.#names}`,
      },
      now: () => this.now,
    };
  }

  /** One invocation; `ProcessDied` where the process died in it. */
  async run(
    records: readonly StreamRecord[],
    deadline = this.now + 60_000,
    cache?: WarmCache,
  ): Promise<BatchReport> {
    return this.invoke(() => aggregateBatch(this.deps(cache), { shard: SHARD, records }, deadline));
  }

  /** One invocation of any function; after one in which the process died, the next is in another one. */
  async invoke<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } finally {
      if (this.#isDead) this.newEnvironment();
      this.#isDead = false;
    }
  }

  /** Like Lambda: what was not counted comes again, at most `attempts` times. */
  async runUntilDone(records: readonly StreamRecord[], attempts = 50): Promise<void> {
    let left = records;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { firstUncommitted } = await this.run(left);
      if (firstUncommitted === undefined) return;
      left = left.slice(left.findIndex(({ sequence }) => sequence === firstUncommitted));
    }
    throw new Error(`not done in ${attempts} attempts`);
  }

  /** What a reader sees. */
  rows(aggregate = this.pipeline.aggregates[0]): Promise<AggregateRow[]> {
    if (aggregate === undefined) throw new Error('a pipeline without aggregates');
    return queryAggregate({ table: toPort(this.table), compression: nodeCompression }, aggregate);
  }

  async #call<Result>(call: string, make: () => Result): Promise<Result> {
    const fault = this.#isDead ? undefined : this.fault(this.calls.length, call);
    if (this.#isDead) throw new ProcessDied();
    this.calls.push(call);
    const error = new DependencyError(call === 'send' ? 'dead_letters' : 'table', 'throttled', call);
    if (fault === 'before') throw error;
    const result = make();
    if (fault === 'after') throw error;
    return result;
  }

  #faultyTable(): Table {
    const { table } = this;
    return {
      ...toPort(table),
      readRegistry: () => this.#call('readRegistry', () => table.registry),
      writeRegistry: (registry) => this.#call('writeRegistry', () => table.writeRegistry(registry)),
      readHead: (shard) => this.#call('readHead', () => table.readHead(shard)),
      writeHead: (shard, head) => this.#call('writeHead', () => table.writeHead(shard, head)),
      readSegment: (name) => this.#call('readSegment', () => table.readSegment(name)),
      writeSegment: (name, bytes) => this.#call('writeSegment', () => table.writeSegment(name, bytes)),
      readBlock: (shard, key) => this.#call('readBlock', () => table.readBlock(shard, key)),
      writeBlock: (shard, block, expectedN) =>
        this.#call('writeBlock', () => table.writeBlock(shard, block, expectedN)),
    };
  }
}

/** A record with this text or these bytes. Numbers rise with `at`, and are too long for a double. */
export function recordOf(at: number, data: string | Uint8Array, arrival: number = ARRIVAL): StreamRecord {
  return {
    sequence: parseSequence(
      `4959033827149025660855969253836157109592157598913658${String(at).padStart(6, '0')}`,
    ),
    arrival: arrival as EpochMs,
    data: typeof data === 'string' ? new TextEncoder().encode(data) : data,
  };
}

/** A record of these events, as newline-delimited JSON. */
export function recordOfEvents(at: number, events: readonly unknown[], arrival?: number): StreamRecord {
  return recordOf(at, events.map((event) => JSON.stringify(event)).join('\n'), arrival);
}
