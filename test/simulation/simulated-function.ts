import { aggregateBatch } from '#app/aggregate/aggregate-batch.ts';
import type { BatchReport } from '#app/aggregate/batch-report.ts';
import type { StreamId } from '#core/brand.ts';
import type { Batch } from '#core/records/stream-record.ts';
import type { InvocationOutcome } from '#local/event-source-mapping/shard-poller-action.ts';
import type { Environment } from './environment.ts';
import type { EnvironmentPool } from './environment-pool.ts';
import type { Mutant } from './mutants/mutant.ts';
import type { Oracle } from './oracle.ts';
import { Random } from './random.ts';
import type { SimulatedRecord, SimulatedShard } from './simulated-stream.ts';
import { START_MS, type World } from './world.ts';

/** The stream's identity in heads and blocks. */
export const STREAM = 'simulated@1767225600' as StreamId;

/** The function `aggregate` as Lambda runs it: invocations that end, time out, die, throw, or are given up. */
export class SimulatedFunction {
  readonly #world: World;
  readonly #pool: EnvironmentPool;
  readonly #oracle: Oracle;
  readonly #mutant: Mutant | undefined;
  readonly #random: Random;
  readonly #running = new Map<string, number>();

  constructor(world: World, pool: EnvironmentPool, oracle: Oracle, mutant: Mutant | undefined) {
    this.#world = world;
    this.#pool = pool;
    this.#oracle = oracle;
    this.#mutant = mutant;
    this.#random = new Random(world.plan.seed, 'function');
  }

  /** Gives a batch to the function. `done` is called once, with what the poller hears. */
  invoke(
    shard: SimulatedShard,
    records: readonly SimulatedRecord[],
    done: (outcome: InvocationOutcome) => void,
  ): void {
    const { clock, dice } = this.#world;
    const delayMs = this.#random.int(1, 50) + this.#slowMs();
    if (dice.strikes('not_invoked', this.#random)) {
      clock.in(delayMs, () => done({ type: 'not_invoked' }));
      return;
    }
    const environment = this.#pool.acquire();
    let isTold = false;
    const tell = (outcome: InvocationOutcome) => {
      if (isTold) return;
      isTold = true;
      done(outcome);
    };
    clock.in(delayMs, () => this.#start(environment, shard, records, tell));
  }

  /** Under overload, an invocation takes long, and the next one waits for it. */
  #slowMs(): number {
    const { clock, plan } = this.#world;
    const overload = plan.levels?.overload;
    const sinceStart = clock.nowMs - START_MS;
    if (overload === undefined || sinceStart < overload.fromMs || sinceStart >= overload.toMs) return 0;
    return overload.slowMs + this.#random.int(0, 2000);
  }

  #start(
    environment: Environment,
    shard: SimulatedShard,
    records: readonly SimulatedRecord[],
    tell: (outcome: InvocationOutcome) => void,
  ): void {
    const world = this.#world;
    const { clock, dice, plan, strikes } = world;
    let hasEnded = false;
    /** Whether it ends now, and not before. */
    const end = (): boolean => {
      if (hasEnded) return false;
      hasEnded = true;
      timeout.run = undefined;
      environment.onDeath = () => {};
      this.#running.set(shard.id, (this.#running.get(shard.id) ?? 1) - 1);
      this.#pool.release(environment);
      return true;
    };
    const timeout = clock.in(plan.timeoutMs, () => {
      strikes.add('timeout');
      world.trace(`${environment.name} is out of time`);
      environment.onDeath = () => {};
      environment.die();
      end();
      tell({ type: 'failed' });
    });
    environment.onDeath = () => {
      end();
      clock.in(this.#random.int(1, 2000), () => tell({ type: 'failed' }));
    };
    if (dice.strikes('abandoned', this.#random)) {
      clock.in(this.#random.magnitude(1, plan.timeoutMs), () => tell({ type: 'failed' }));
    }
    if (dice.strikes('clock_jump', this.#random)) environment.skewMs += this.#random.int(-600_000, 600_000);
    this.#countTogether(shard);
    this.#oracle.onStart(environment, shard, records);
    const first = records[0]?.sequence;
    world.trace(`${environment.name} begins ${records.length} records of ${shard.id} from ${first}`);
    world.running = environment;
    void this.#run(environment, shard, records, end, tell);
  }

  async #run(
    environment: Environment,
    shard: SimulatedShard,
    records: readonly SimulatedRecord[],
    end: () => boolean,
    tell: (outcome: InvocationOutcome) => void,
  ): Promise<void> {
    const world = this.#world;
    const deadline = environment.nowMs() + world.plan.timeoutMs;
    const given = { shard: { stream: STREAM, shard: shard.id }, records };
    const batch = this.#mutant?.batch?.(given) ?? given;
    let report: BatchReport;
    try {
      report = await aggregateBatch(environment.deps, batch, deadline);
    } catch (error) {
      if (!end()) return;
      if (!isMeant(error, records)) {
        world.fail(`${environment.name} threw ${error instanceof Error ? error.stack : String(error)}`);
      }
      this.#oracle.onThrow(environment, shard, records);
      world.strikes.add('exception');
      world.trace(`${environment.name} throws`);
      tell({ type: 'failed' });
      return;
    }
    if (!end()) return;
    this.#oracle.onReport(environment, shard, records, report);
    if (world.isTraced) world.trace(`${environment.name} reports ${describe(report)}`);
    if (world.dice.strikes('response_lost', this.#random)) tell({ type: 'failed' });
    else tell({ type: 'response', response: this.#answer(report, batch) });
  }

  #countTogether(shard: SimulatedShard): void {
    const others = this.#running.get(shard.id) ?? 0;
    if (others > 0) this.#world.strikes.add('two_at_once');
    this.#running.set(shard.id, others + 1);
  }

  #answer(report: BatchReport, batch: Batch): unknown {
    const change = this.#mutant?.firstUncommitted;
    const first = change === undefined ? report.firstUncommitted : change(report, batch);
    return { batchItemFailures: first === undefined ? [] : [{ itemIdentifier: first }] };
  }
}

/** Whether an exception is of an event that is made to bring it about. */
function isMeant(error: unknown, records: readonly SimulatedRecord[]): boolean {
  const isOfSchema = error instanceof TypeError && error.message.includes('asynchronous');
  return isOfSchema && records.some(({ events }) => events.some((event) => event.throws));
}

function describe({ firstUncommitted, unfinished, ledger, commits, conflicts }: BatchReport): string {
  const end = unfinished === undefined ? 'done' : `${unfinished} at ${firstUncommitted}`;
  return `${end}: ${commits} commits of ${ledger.received} events, ${conflicts} conflicts`;
}
