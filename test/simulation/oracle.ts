import type { BatchReport } from '#app/aggregate/batch-report.ts';
import type { ShardId } from '#core/brand.ts';
import { type Head, pendingBytes } from '#core/protocol/head.ts';
import { isBalanced } from '#core/protocol/ledger.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { EMPTY_REGISTRY, isRegistered } from '#core/protocol/registry.ts';
import { CloseCheck } from './close-check.ts';
import { CommitCheck } from './commit-check.ts';
import type { Version } from './draw-change.ts';
import type { KindsCheck } from './kinds-check.ts';
import type { MemoryTable } from './memory-table.ts';
import type { PipelineVersions } from './pipeline-versions.ts';
import { RepairCheck } from './repair-check.ts';
import { ShardTruth } from './shard-truth.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { SimulatedRecord, SimulatedShard, SimulatedStream } from './simulated-stream.ts';
import type { Caller, World } from './world.ts';

/** A head's item beside its pending deltas, as the code under test reckons with it. */
const HEAD_BYTES_BESIDE = 1024;

/** Watches every head that is written and every report, and ends the run at the first that is wrong. */
export class Oracle {
  readonly #world: World;
  readonly #stream: SimulatedStream;
  readonly #table: MemoryTable;
  readonly closing: CloseCheck;
  readonly repairs: RepairCheck;
  readonly #commits: CommitCheck;
  readonly #kinds: KindsCheck | undefined;
  /** By which events were counted last. */
  #version: Version = 0;
  readonly #truths = new Map<string, ShardTruth>();
  readonly #headBytesMost: number;

  constructor(
    world: World,
    stream: SimulatedStream,
    table: MemoryTable,
    queue: SimulatedQueue,
    versions: PipelineVersions,
    kinds: KindsCheck | undefined,
  ) {
    this.#kinds = kinds;
    this.#world = world;
    this.#stream = stream;
    this.#table = table;
    this.#commits = new CommitCheck(world, queue);
    this.repairs = new RepairCheck(world, queue, () => this.truths());
    this.closing = new CloseCheck(world, table, versions, this);
    const { limits } = world.plan;
    this.#headBytesMost = Math.max(...limits.map(({ headBytesMax }) => headBytesMax));
    table.watch = {
      onHead: (shard, before, after) => this.#onHead(shard, before, after),
      onRegistry: (before, after) => this.closing.onRegistry(before, after),
      onFinal: (before, after) => this.closing.onFinal(before, after),
    };
  }

  truth(id: string): ShardTruth {
    let truth = this.#truths.get(id);
    if (truth === undefined) {
      const shard = this.#stream.shard(id);
      const parents = shard.parents.map((parent) => this.truth(parent.id));
      truth = new ShardTruth(shard, this.#world.plan, parents);
      this.#truths.set(id, truth);
    }
    return truth;
  }

  truths(): ShardTruth[] {
    return this.#stream.shards.map(({ id }) => this.truth(id));
  }

  /** An environment begins a batch. Until it has come back, and could say so, it may have died of it. */
  onStart(caller: Caller, shard: SimulatedShard, records: readonly SimulatedRecord[]): void {
    caller.failures = 0;
    const [only, second] = records;
    const { counted, suspects } = this.truth(shard.id);
    if (only !== undefined && only.eventsBefore + only.events.length <= counted)
      this.#world.strikes.add('came_again');
    if (only !== undefined && second === undefined) suspects.begin(caller.name, only.sequence);
  }

  /** An environment throws: it lives, and what it has begun stays begun. */
  onThrow(caller: Caller, shard: SimulatedShard, [only, second]: readonly SimulatedRecord[]): void {
    if (only !== undefined && second === undefined)
      this.truth(shard.id).suspects.throw(caller.name, only.sequence);
  }

  /** What an invocation says is counted must be counted. */
  onReport(
    caller: Caller,
    shard: SimulatedShard,
    records: readonly SimulatedRecord[],
    report: BatchReport,
  ): void {
    const { strikes } = this.#world;
    const truth = this.truth(shard.id);
    const [only] = records;
    // One call failed, and then another by which it would have said that it came back: it could not say so.
    const couldSay = !caller.hasFailed || caller.failures < 2;
    if (only !== undefined && couldSay) truth.suspects.comeBack(caller.name, only.sequence);
    const first = report.firstUncommitted;
    if (report.unfinished === 'crash_limit') strikes.add('crash_limit');
    if (first !== undefined && records[0]?.sequence !== first) strikes.add('partial_response');
    if (report.overflowedGroups > 0) strikes.add('group_overflow');
    for (const record of records) {
      if (record.sequence === first) return;
      if (record.eventsBefore + record.events.length > truth.counted) {
        this.#world.fail(
          `a report says that record ${record.sequence} of ${shard.id} is counted; the head says it is not`,
        );
        return;
      }
    }
    if (first !== undefined)
      this.#world.fail(`a report of ${shard.id} names ${first}, which is not in its batch`);
  }

  #onHead(key: ShardKey, before: Head | undefined, after: Head): void {
    const world = this.#world;
    const repaired = RepairCheck.shardOf(key.shard);
    if (repaired !== undefined) {
      if (!isRegistered(this.#table.registry ?? EMPTY_REGISTRY, { ...key, shard: repaired as ShardId }))
        world.fail(`the repair of ${repaired} is of no registered shard`);
      return this.repairs.onHead(this.truth(repaired), before, after);
    }
    const truth = this.truth(key.shard);
    const name = `head ${after.rev} of ${key.shard}`;
    if (!isRegistered(this.#table.registry ?? EMPTY_REGISTRY, key))
      world.fail(`${name} is of no registered shard`);
    const counted = truth.countedAt(after.position);
    if (counted === undefined)
      return world.fail(`${name} has a position in no record: ${JSON.stringify(after.position)}`);
    if (counted < truth.counted)
      return world.fail(`${name} goes back from event ${truth.counted} to ${counted}`);
    if (
      before?.watermark !== undefined &&
      before.watermark !== null &&
      (after.watermark ?? Number.NEGATIVE_INFINITY) < before.watermark
    ) {
      return world.fail(`${name} takes the watermark back`);
    }
    if (after.n < (before?.n ?? 0)) return world.fail(`${name} takes n back`);
    this.#checkSuspect(before, after);
    this.#lookAtSegments(before, after);
    if ((before?.holes.length ?? 0) > after.holes.length) world.strikes.add('holes_stored');
    if (!isBalanced(after.ledger)) {
      return world.fail(`the ledger of ${name} is out of balance: ${JSON.stringify(after.ledger)}`);
    }
    // A head that there was not begins with what is closed for all.
    const { closedThrough } = this.#table.registry ?? EMPTY_REGISTRY;
    const watermark = before === undefined ? closedThrough : before.watermark;
    const version = this.#table.writer?.version ?? 0;
    const taken = this.#commits.check(truth, name, watermark, before, after, counted, version);
    if (taken === undefined) return;
    if (world.isTraced) world.trace(`${name} has counted ${counted} events: ${describe(after)}`);
    if (counted === truth.counted) {
      this.closing.onUncounted(truth, name, before, after);
      const wasAll = before?.pending.every(({ fold }) => fold) ?? true;
      if (!wasAll && after.pending.every(({ fold }) => fold)) world.strikes.add('commit_of_folds_only');
      return;
    }
    if (after.position.events !== null) world.strikes.add('counted_in_part');
    const bytes = pendingBytes(after.pending) + HEAD_BYTES_BESIDE;
    const events = truth.shard.events.slice(truth.counted, counted);
    const real = events.filter(({ verdict }) => verdict !== 'canary').length;
    if (bytes > this.#headBytesMost && real > 1) world.fail(`${name} takes ${bytes} bytes`);
    for (const parent of truth.shard.parents) {
      if (!this.truth(parent.id).isDone)
        world.fail(`${name} counts events before its parent ${parent.id} is done`);
    }
    this.closing.onCounted(truth, name, taken);
    if (version < this.#version) world.strikes.add('older_counts_again');
    this.#version = version;
    truth.advance(counted, taken, this.#kinds?.attribute(name, before, after, events, taken) ?? [], version);
  }

  #lookAtSegments(before: Head | undefined, after: Head): void {
    const { plan, strikes } = this.#world;
    if (after.seen === null || plan.duplicates === undefined) return;
    const withinSeconds = plan.duplicates.withinMs / 1000;
    const { arrived, segments } = after.seen;
    const old = before?.seen?.segments ?? [];
    const has = (some: typeof segments, name: string) => some.some((each) => each.name === name);
    if (segments.some(({ name }) => !has(old, name))) strikes.add('segment_written');
    const gone = old.filter(({ name }) => !has(segments, name));
    if (gone.some(({ to }) => arrived - to <= withinSeconds)) strikes.add('segments_merged');
  }

  #checkSuspect(before: Head | undefined, after: Head): void {
    const attemptsBefore = before?.suspect?.attempts ?? 0;
    const attempts = after.suspect?.attempts ?? 0;
    const hasMoved = before?.position !== after.position;
    if (attempts > 0 && (attempts > attemptsBefore || before?.suspect?.event !== after.suspect?.event))
      this.#world.strikes.add('suspect_begun');
    else if (attempts < attemptsBefore && !hasMoved) this.#world.strikes.add('suspect_taken_back');
  }
}

function describe({ ended, n, pending, position, suspect, watermark }: Head): string {
  const deltas = pending.map(
    ({ key, fold, bytes }) =>
      `${key.aggregate} ${key.windowStart}${key.late ? ' late' : ''} ${bytes.length}${fold ? ' fold' : ''}`,
  );
  const begun = suspect === null ? '' : `, began ${suspect.event ?? 'its record'} ${suspect.attempts} times`;
  return `n ${n}, ${position.events ?? 'all'} of ${position.sequence}, watermark ${watermark}, pending ${deltas.join(', ') || 'nothing'}${begun}${ended ? ', ended' : ''}`;
}
