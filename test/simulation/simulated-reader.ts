import { DependencyError } from '#app/ports/dependency-error.ts';
import type { Table, WindowRange } from '#app/ports/table.ts';
import { type AggregateRow, queryAggregate } from '#app/query/query-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import type { WindowStart } from '#core/brand.ts';
import type { Aggregate, Pipeline } from '#core/pipeline/pipeline.ts';
import { isBalanced } from '#core/protocol/ledger.ts';
import { isAnswer, isOneOf } from './answer-check.ts';
import { mergedWindow, windowSizeMs } from './naive-windows.ts';
import type { Oracle } from './oracle.ts';
import { Random } from './random.ts';
import type { AggregateName } from './simulated-pipeline.ts';
import { storedCompression } from './stored-compression.ts';
import type { Caller, World } from './world.ts';

const GROUPS_SHOWN_MAX = 3;

/** Asks at random moments, over a network with faults, and checks each answer that it gets. */
export class SimulatedReader implements Caller {
  readonly name = 'the reader';
  readonly isAlive = true;
  readonly isTimed = false;
  hasFailed = false;
  failures = 0;
  answers = 0;
  readonly #world: World;
  readonly #pipeline: Pipeline;
  readonly #oracle: Oracle;
  readonly #random: Random;

  constructor(world: World, pipeline: Pipeline, oracle: Oracle) {
    this.#world = world;
    this.#pipeline = pipeline;
    this.#oracle = oracle;
    this.#random = new Random(world.plan.seed, 'reader');
  }

  /** A reader has no process that could end: what kills others is, to it, no answer. */
  die(): void {}

  async ask(table: Table): Promise<void> {
    if (this.#random.chance(0.15)) return this.#askLedger(table);
    const aggregate = this.#random.pick(this.#pipeline.aggregates);
    const range = this.#range(aggregate.name as AggregateName);
    const before = new Map(this.#oracle.truths().map((truth) => [truth.shard.id, truth.steps.length]));
    const rows = await this.#answer(() =>
      queryAggregate({ table, compression: storedCompression }, aggregate, range),
    );
    if (rows !== undefined) this.#check(aggregate, range, rows, before);
  }

  /** When all is counted, every answer is the whole truth. */
  async checkAll(table: Table): Promise<void> {
    const truths = this.#oracle.truths();
    for (const aggregate of this.#pipeline.aggregates) {
      const name = aggregate.name as AggregateName;
      const rows = await queryAggregate({ table, compression: storedCompression }, aggregate);
      const windows = truths.map((truth) => truth.windows(name, truth.counted));
      const starts = new Set([
        ...windows.flatMap((known) => [...known.keys()]),
        ...rows.map(({ windowStart }) => windowStart),
      ]);
      for (const start of starts) {
        const window = mergedWindow(windows.map((known) => known.get(start)));
        const found = rows.filter(({ windowStart }) => windowStart === start);
        if (!isAnswer(name, found, window))
          this.#world.fail(`in the end, ${describe(name, start, found, window)}`);
      }
    }
    const { total } = await readLedger(table);
    const lost = truths.reduce((sum, truth) => sum + truth.shard.events.length, 0) - total.received;
    const isExplained = lost === 0 || truths.some((truth) => truth.unlucky.size > 0);
    if (!isBalanced(total) || !isExplained)
      this.#world.fail(`in the end, the ledger is ${JSON.stringify(total)}, ${lost} short`);
  }

  async #askLedger(table: Table): Promise<void> {
    const ledger = await this.#answer(() => readLedger(table));
    if (ledger !== undefined && !isBalanced(ledger.total))
      this.#world.fail(`a ledger out of balance: ${JSON.stringify(ledger.total)}`);
  }

  async #answer<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      const answer = await ask();
      this.answers += 1;
      return answer;
    } catch (error) {
      if (!(error instanceof DependencyError))
        this.#world.fail(`a reader threw ${error instanceof Error ? error.stack : String(error)}`);
      return undefined;
    }
  }

  #range(name: AggregateName): WindowRange {
    if (this.#random.chance(0.5)) return {};
    const sizeMs = windowSizeMs(this.#world.plan, name);
    const last = Math.floor(this.#world.clock.nowMs / sizeMs) * sizeMs;
    const from = (last - this.#random.int(0, 4) * sizeMs) as WindowStart;
    return this.#random.chance(0.5)
      ? { from }
      : { from, to: (from + this.#random.int(1, 4) * sizeMs) as WindowStart };
  }

  #check(
    aggregate: Aggregate,
    range: WindowRange,
    rows: readonly AggregateRow[],
    before: ReadonlyMap<string, number>,
  ): void {
    const name = aggregate.name as AggregateName;
    // What each shard may have shown: the state that was there at the beginning, and those of the commits since.
    const shards = this.#oracle.truths().map((truth) => {
      const steps = truth.steps.slice(Math.max(0, (before.get(truth.shard.id) ?? 1) - 1));
      return steps.map((counted) => truth.windows(name, counted));
    });
    const byStart = new Map<number, AggregateRow[]>();
    for (const row of rows) byStart.set(row.windowStart, [...(byStart.get(row.windowStart) ?? []), row]);
    const starts = new Set([
      ...shards.flatMap((states) => [...(states.at(-1)?.keys() ?? [])]),
      ...byStart.keys(),
    ]);
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
    for (const start of starts) {
      const found = byStart.get(start) ?? [];
      const isWithin = start >= from && start < to;
      const states = isWithin ? shards.map((known) => known.map((windows) => windows.get(start))) : [];
      if (isOneOf(name, found, states)) continue;
      const least = mergedWindow(states.map(([first]) => first));
      this.#world.fail(
        `an answer that no commit explains: ${describe(name, start, found, least)} at the least`,
      );
      return;
    }
  }
}

/** Says where an answer and what is known differ; at most a few groups. */
function describe(
  name: string,
  start: number,
  rows: readonly AggregateRow[],
  window: ReturnType<typeof mergedWindow>,
): string {
  const answered = new Map(rows.map(({ group, metrics }) => [JSON.stringify(Object.values(group)), metrics]));
  const keys = [...new Set([...answered.keys(), ...window.keys()])];
  const differing = keys.filter((key) => {
    const { events, total } = answered.get(key) ?? {};
    return events !== window.get(key)?.events || total !== window.get(key)?.total;
  });
  const shown = (differing.length > 0 ? differing : keys).slice(0, GROUPS_SHOWN_MAX);
  const pairs = shown.map(
    (key) => `${key} is ${show(answered.get(key))}, ${show(window.get(key))} was expected`,
  );
  return `${name} from ${new Date(start).toISOString()}: ${pairs.join('; ')}`;
}

function show(group: object | undefined): string {
  return group === undefined ? 'missing' : JSON.stringify(group);
}
