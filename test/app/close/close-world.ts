import { nodeCompression } from '#adapters/node-compression.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { aggregateBatch } from '#app/aggregate/aggregate-batch.ts';
import { AGGREGATE_LIMITS } from '#app/aggregate/limits.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import { closePipeline } from '#app/close/close-pipeline.ts';
import type { CloseReport } from '#app/close/close-report.ts';
import type { CloseDeps } from '#app/close/deps.ts';
import type { ClosedWindow } from '#app/ports/announcements.ts';
import type { Canaries } from '#app/ports/canaries.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { Table } from '#app/ports/table.ts';
import { type AggregateAnswer, answerAggregate, type Question } from '#app/query/answer-aggregate.ts';
import type { ShardId, StreamId } from '#core/brand.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import { compareSequence, parseSequence } from '#core/protocol/position.ts';
import { EMPTY_REGISTRY, type Registry, type ShardKey } from '#core/protocol/registry.ts';
import { encodeCanary } from '#core/records/canary-record.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { MemoryTable, toPort } from '../../simulation/memory-table.ts';
import { recordOfEvents } from '../../support/shard-world.ts';

interface Shard {
  readonly key: ShardKey;
  readonly records: StreamRecord[];
  closed: boolean;
  isListed: boolean;
}

/** A stream of some shards, the functions `aggregate` and `close`, and a reader, on a table in memory unless one is given. */
export class CloseWorld {
  /** Where nothing is, if another is given. */
  readonly table = new MemoryTable(true);
  readonly #port: Table;
  readonly announced: ClosedWindow[] = [];
  /** Calls of `close` so far, e.g. `writeHead`. */
  readonly calls: string[] = [];
  readonly shards: Shard[] = [];
  /** Level of each final that was to be written, and how long it is kept. */
  readonly kept: [levelMs: number, keepMs: number | null][] = [];
  windowsAStep: number | undefined;
  canaries: Canaries | undefined;
  now: number;
  /** What happens to the nth call of `close`, from 0: it fails and was not made, or it was made all the same. */
  fault: (n: number, call: string) => 'before' | 'after' | undefined = () => undefined;
  #pipeline: Pipeline;
  #put = 0;

  constructor(pipeline: Pipeline, shards: number, now: number, table?: Table) {
    this.#port = table ?? toPort(this.table);
    this.#pipeline = pipeline;
    this.now = now;
    for (let i = 0; i < shards; i++) this.addShard();
  }

  /** From now on, the functions and the reader have this definition. */
  deploy(pipeline: Pipeline): void {
    this.#pipeline = pipeline;
  }

  get registry(): Registry {
    return this.table.registry ?? EMPTY_REGISTRY;
  }

  async registryNow(): Promise<Registry> {
    return (await this.#port.readRegistry()) ?? EMPTY_REGISTRY;
  }

  addShard(stream = 'stream@1'): number {
    const key = { stream: stream as StreamId, shard: `shardId-${this.shards.length}` as ShardId };
    this.shards.push({ key, records: [], closed: false, isListed: true });
    return this.shards.length - 1;
  }

  shard(at: number): Shard {
    const shard = this.shards[at];
    if (shard === undefined) throw new Error(`no shard ${at}`);
    return shard;
  }

  head(at: number): Head {
    return this.table.readHead(this.shard(at).key) ?? EMPTY_HEAD;
  }

  /** Puts one record into a shard, and leaves it there. */
  put(at: number, events: readonly unknown[], arrival = this.now): void {
    this.#put += 1;
    this.shard(at).records.push(recordOfEvents(this.#put, events, arrival));
  }

  /** Puts a canary into a shard, and leaves it there. */
  putCanary(at: number): void {
    this.#put += 1;
    const record = recordOfEvents(this.#put, [], this.now);
    this.shard(at).records.push({ ...record, data: encodeCanary() });
  }

  /** Counts all that is in a shard. */
  async count(at: number): Promise<void> {
    const { key, records } = this.shard(at);
    const deps = {
      pipeline: this.#pipeline,
      table: this.#port,
      deadLetters: { send: () => Promise.reject(new Error('an event was rejected')) },
      compression: nodeCompression,
      tools: recordTools,
      cache: new WarmCache(),
      limits: AGGREGATE_LIMITS,
      now: () => this.now,
    };
    const { firstUncommitted } = await aggregateBatch(deps, { shard: key, records }, this.now + 60_000);
    if (firstUncommitted !== undefined) throw new Error(`not counted: ${firstUncommitted}`);
  }

  async add(at: number, events: readonly unknown[], arrival?: number): Promise<void> {
    this.put(at, events, arrival);
    await this.count(at);
  }

  /** One run of `close`. */
  close(deadline = this.now + 60_000): Promise<CloseReport> {
    return closePipeline(this.deps(), deadline);
  }

  /** Runs `close` until it is through, as its schedule does. */
  async closeUntilDone(): Promise<CloseReport> {
    for (let i = 0; i < 20; i++) {
      try {
        const report = await this.close();
        if (report.unfinished === undefined) return report;
      } catch (error) {
        if (!(error instanceof DependencyError)) throw error;
      }
    }
    throw new Error('close does not come to an end');
  }

  answer(question?: Question, aggregate = this.#pipeline.aggregates[0]): Promise<AggregateAnswer> {
    if (aggregate === undefined) throw new Error('a pipeline without aggregates');
    return answerAggregate({ table: this.#port, compression: nodeCompression }, aggregate, question);
  }

  deps(): CloseDeps {
    return {
      pipeline: this.#pipeline,
      table: this.#faultyTable(),
      stream: {
        listShards: () =>
          this.#call('listShards', () =>
            this.shards.filter(({ isListed }) => isListed).map(({ key, closed }) => ({ key, closed })),
          ),
        isDrained: (shard, { sequence, events }) =>
          this.#call('isDrained', () => {
            const last = this.shards
              .find(({ key }) => key === shard || key.shard === shard.shard)
              ?.records.at(-1);
            if (last === undefined) return true;
            return (
              sequence !== '' &&
              events === null &&
              compareSequence(parseSequence(sequence), last.sequence) >= 0
            );
          }),
      },
      announcements: {
        announce: async (windows) => {
          await this.#call('announce', () => this.announced.push(...windows));
        },
      },
      canaries: this.canaries,
      compression: nodeCompression,
      now: () => this.now,
      ...(this.windowsAStep !== undefined && { windowsAStep: this.windowsAStep }),
    };
  }

  async #call<Result>(call: string, make: () => Result | Promise<Result>): Promise<Result> {
    const fault = this.fault(this.calls.length, call);
    this.calls.push(call);
    if (fault === 'before') throw new DependencyError('table', 'unavailable', call);
    const result = await make();
    if (fault === 'after') throw new DependencyError('table', 'unavailable', call);
    return result;
  }

  #faultyTable(): Table {
    const table = this.#port;
    return {
      readSegment: (name) => table.readSegment(name),
      writeSegment: (name, bytes, keepMs) => table.writeSegment(name, bytes, keepMs),
      readBlocks: (...asked) => table.readBlocks(...asked),
      readLateBlocks: (...asked) => table.readLateBlocks(...asked),
      readFinals: (...asked) => table.readFinals(...asked),
      writeHoles: (shard, holes) => table.writeHoles(shard, holes),
      readHoles: (shard, from) => table.readHoles(shard, from),
      readRegistry: () => this.#call('readRegistry', () => table.readRegistry()),
      writeRegistry: (registry) => this.#call('writeRegistry', () => table.writeRegistry(registry)),
      readHead: (shard) => this.#call('readHead', () => table.readHead(shard)),
      writeHead: (shard, head) => this.#call('writeHead', () => table.writeHead(shard, head)),
      readBlock: (shard, key) => this.#call('readBlock', () => table.readBlock(shard, key)),
      writeBlock: (...block) => this.#call('writeBlock', () => table.writeBlock(...block)),
      writeFinal: (final, keepMs) =>
        this.#call('writeFinal', () => {
          this.kept.push([final.key.levelMs, keepMs]);
          return table.writeFinal(final, keepMs);
        }),
    };
  }
}
