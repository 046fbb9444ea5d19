import { DependencyError } from '#app/ports/dependency-error.ts';
import type { Table, WindowRange } from '#app/ports/table.ts';
import { type AggregateAnswer, answerAggregate } from '#app/query/answer-aggregate.ts';
import { FinalCache } from '#app/query/final-cache.ts';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import type { WindowStart } from '#core/brand.ts';
import { isBalanced } from '#core/protocol/ledger.ts';
import {
  areHoles,
  areHolesOfOne,
  eventsOf,
  isAnswer,
  isBetween,
  isOneOf,
  type ShownHoles,
} from './answer-check.ts';
import { VERSIONS, type Version } from './draw-change.ts';
import { GenerationCheck } from './generation-check.ts';
import type { LeftOut } from './left-out.ts';
import { isTied } from './naive-details.ts';
import {
  levelsMs as levelsOf,
  mergedWindow,
  type NaiveWindow,
  naiveStart,
  windowSizeMs,
} from './naive-windows.ts';
import type { Oracle } from './oracle.ts';
import { type PipelineVersions } from './pipeline-versions.ts';
import { Random } from './random.ts';
import {
  changedSince,
  explainSessions,
  explainStates,
  type FinalSession,
  finalSessions,
  sessionsOf,
} from './session-check.ts';
import type { ShardTruth } from './shard-truth.ts';
import type { AggregateName } from './simulated-pipeline.ts';
import { realEvents } from './simulated-stream.ts';
import { storedCompression } from './stored-compression.ts';
import type { Taken } from './timeliness-truth.ts';
import type { Caller, World } from './world.ts';

const GROUPS_SHOWN_MAX = 3;
const FINAL_BYTES_MAX = 8 * 1024;
const PARTS = ['on_time', 'late'] as const;

/** What there was when a question was asked. */
interface Before {
  /** How many states each shard had passed through. */
  readonly steps: ReadonlyMap<string, number>;
  /** The same of what repairs have added. */
  readonly repairs: ReadonlyMap<string, number>;
  readonly closedThrough: number | null;
  readonly finalThrough: number | null;
}

/** Asks at random moments, over a network with faults, and checks each answer that it gets. */
export class SimulatedReader implements Caller {
  readonly name = 'the reader';
  readonly isAlive = true;
  readonly isTimed = false;
  hasFailed = false;
  failures = 0;
  answers = 0;
  readonly #world: World;
  readonly #versions: PipelineVersions;
  readonly #generations: GenerationCheck;
  /** Which version asks. */
  readonly #asking: Random;
  readonly #oracle: Oracle;
  readonly #random: Random;
  /** So small that it forgets some of them. */
  readonly #finals = [new FinalCache(FINAL_BYTES_MAX), new FinalCache(FINAL_BYTES_MAX)] as const;

  /** What answers said of sessions that were final, by group and start. */
  readonly #finalSessions = new Map<string, FinalSession>();

  constructor(world: World, versions: PipelineVersions, oracle: Oracle) {
    this.#world = world;
    this.#versions = versions;
    this.#generations = new GenerationCheck(world, versions, oracle);
    this.#asking = new Random(world.plan.seed, 'asking');
    this.#oracle = oracle;
    this.#random = new Random(world.plan.seed, 'reader');
  }

  /** A reader has no process that could end: what kills others is, to it, no answer. */
  die(): void {}

  async ask(table: Table): Promise<void> {
    if (this.#random.chance(0.15)) return this.#askLedger(table);
    const version: Version = this.#world.plan.change !== undefined && this.#asking.chance(0.5) ? 1 : 0;
    const aggregate = this.#random.pick(this.#versions.of(version).aggregates);
    const name = aggregate.name as AggregateName;
    const levelMs = this.#random.pick(levelsOf(this.#world.plan, name));
    const range = this.#range(levelMs, name);
    const before: Before = {
      steps: new Map(this.#oracle.truths().map((truth) => [truth.shard.id, truth.steps.length])),
      repairs: new Map(this.#oracle.truths().map(({ left, shard }) => [shard.id, left.steps.length])),
      ...this.#oracle.closing.through,
    };
    const closed = this.#versions.isChanged(name) ? this.#generations.now : undefined;
    const answer = await this.#answer(() =>
      answerAggregate({ table, compression: storedCompression, finals: this.#finals[version] }, aggregate, {
        ...range,
        levelMs,
      }),
    );
    if (answer === undefined) return;
    if (name === 'visits') {
      this.#checkSessions(range, answer, before);
      return;
    }
    if (closed !== undefined) {
      const asked = { name, version, levelMs, range, before: closed, steps: before.steps };
      const wrong = this.#generations.explain({ ...asked, isOver: (end) => this.#isOver(end) }, answer);
      if (wrong !== undefined) this.#world.fail(`an answer that no commit explains: ${wrong}`);
    } else this.#check(name, levelMs, range, answer, before);
    this.#checkStates(name, levelMs, answer, before);
  }

  /** When all is counted, every answer is the whole truth. */
  async checkAll(table: Table): Promise<void> {
    const truths = this.#oracle.truths();
    await this.#checkVersions(table);
    for (const aggregate of this.#versions.of(0).aggregates) {
      const name = aggregate.name as AggregateName;
      if (this.#versions.isChanged(name)) continue;
      if (name === 'visits') {
        this.#checkAllSessions(await answerAggregate({ table, compression: storedCompression }, aggregate));
        continue;
      }
      for (const levelMs of levelsOf(this.#world.plan, name)) {
        const answer = await answerAggregate({ table, compression: storedCompression }, aggregate, {
          levelMs,
        });
        const { rows } = answer;
        const windows = truths.flatMap((truth) => [
          ...PARTS.map((part) => truth.windows(name, levelMs, truth.counted, part)),
          truth.windows(name, levelMs, truth.left.repairedTo, 'repaired'),
        ]);
        const starts = new Set([
          ...windows.flatMap((known) => [...known.keys()]),
          ...answer.windows.map(({ windowStart }) => windowStart),
        ]);
        for (const start of starts) {
          const window = mergedWindow(windows.map((known) => known.get(start)));
          const found = rows.filter(({ windowStart }) => windowStart === start);
          if ([...window.values()].some(({ all }) => isTied(all))) this.#world.strikes.add('edge_tied');
          const holes = holesIn(answer, start);
          if (found.length === 0 && this.#isOver(start + levelMs)) continue;
          if (!areHoles(holes, window))
            this.#world.fail(`in the end, ${describeHoles(name, levelMs, start, holes, window)}`);
          if (!isAnswer(name, found, window, levelMs))
            this.#world.fail(`in the end, ${describe(name, levelMs, start, found, window)}`);
        }
      }
    }
    const { total } = await readLedger(table);
    const lost = truths.reduce((sum, { shard }) => sum + realEvents(shard), 0) - total.received;
    const held = truths.reduce((sum, { left }) => sum + heldForGood(left), 0);
    if (total.held !== held)
      this.#world.fail(`in the end, ${total.held} events are held, and ${held} can't be repaired`);
    const isExplained = lost === 0 || truths.some((truth) => truth.unlucky.size > 0);
    if (!isBalanced(total) || !isExplained)
      this.#world.fail(`in the end, the ledger is ${JSON.stringify(total)}, ${lost} short`);
  }

  /** What a deployment has changed, as each version reads it. */
  async #checkVersions(table: Table): Promise<void> {
    const steps = new Map(this.#oracle.truths().map((truth) => [truth.shard.id, truth.steps.length]));
    const before = this.#generations.now;
    for (const version of VERSIONS)
      for (const aggregate of this.#versions.of(version).aggregates) {
        const name = aggregate.name as AggregateName;
        if (!this.#versions.isChanged(name)) continue;
        for (const levelMs of levelsOf(this.#world.plan, name)) {
          const deps = { table, compression: storedCompression };
          const answer = await answerAggregate(deps, aggregate, { levelMs });
          const asked = { name, version, levelMs, range: {}, before, steps };
          const wrong = this.#generations.explain({ ...asked, isOver: (end) => this.#isOver(end) }, answer);
          if (wrong !== undefined) this.#world.fail(`in the end, ${wrong}`);
        }
      }
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

  /** Sessions that an answer may show: those of all states that the shards have had since it was asked for. */
  #checkSessions(range: WindowRange, answer: AggregateAnswer, before: Before): void {
    const { plan } = this.#world;
    const truths = this.#oracle.truths();
    const shards = truths.map((truth) => {
      const { counted, repaired } = stepsSince(truth, before);
      const last = repaired.at(-1) ?? 0;
      // First all commits, then all repairs: what is between the first and the last is looked at loosely.
      return [
        ...[...new Set(counted)].map((to) => truth.visits(to, repaired[0] ?? 0, PARTS)),
        ...(last > (repaired[0] ?? 0) ? [truth.visits(truth.counted, last, PARTS)] : []),
      ];
    });
    const isOver = (end: number) => this.#isOver(end);
    const wrong =
      explainSessions(plan, answer.rows, range, shards, isOver) ?? this.#explainStates(answer, before);
    if (wrong !== undefined) this.#world.fail(`an answer has ${wrong}`);
    this.#checkPanes(range, answer, before);
    for (const session of finalSessions(answer))
      this.#finalSessions.set(`${session.group} ${session.start}`, session);
  }

  /** What sessions lack is said by pane, of all panes in the range; of those behind it, if they belong to a session. */
  #checkPanes({ from, to }: WindowRange, { windows }: AggregateAnswer, before: Before | undefined): void {
    const { sessionGapMs } = this.#world.plan;
    const first = naiveStart(from ?? Number.NEGATIVE_INFINITY, sessionGapMs);
    const parts = this.#partsSince('visits', sessionGapMs, before);
    const isWithin = (start: number) => start >= first && start < (to ?? Number.POSITIVE_INFINITY);
    const shown = new Map(windows.flatMap(({ holes, windowStart }) => (holes ? [[windowStart, holes]] : [])));
    const known = parts.flatMap((states) => [...(states.at(-1)?.keys() ?? [])]).filter(isWithin);
    for (const start of new Set([...known, ...shown.keys()])) {
      const holes = shown.get(start as WindowStart);
      if (holes !== undefined) this.#world.strikes.add('read_of_holes');
      const states = parts.map((each) => distinct(each.map((panes) => panes.get(start))));
      if (this.#isOver(start + sessionGapMs) || areHolesOfOne(holes, states)) continue;
      const last = mergedWindow(states.map((each) => each.at(-1)));
      this.#world.fail(`an answer: ${describeHoles('visits', sessionGapMs, start, holes, last)}`);
      return;
    }
  }

  /**
   * What each shard may have shown: the state that was there when it was asked, and those of the commits since. What came
   * late is read after what came on time, and what was repaired is apart from both, so that they may be further.
   */
  #partsSince(
    name: AggregateName,
    levelMs: number,
    before: Before | undefined,
  ): (readonly Map<number, NaiveWindow>[])[] {
    return this.#oracle.truths().flatMap((truth) => {
      const { counted, repaired } = stepsSince(truth, before);
      const taken = PARTS.map((part) => counted.map((to) => truth.windows(name, levelMs, to, part)));
      if (truth.left.repairedTo === 0) return taken;
      return [...taken, repaired.map((to) => truth.windows(name, levelMs, to, 'repaired'))];
    });
  }

  #explainStates(answer: AggregateAnswer, { finalThrough: finalBefore }: Pick<Before, 'finalThrough'>) {
    const { plan } = this.#world;
    const { finalThrough } = this.#oracle.closing.through;
    const late = this.#oracle
      .truths()
      .flatMap((truth) => [
        ...truth.takenEvents('visits', truth.counted, ['late']),
        ...truth.repairedEvents(truth.left.repairedTo),
      ]);
    return explainStates(plan, answer, late, finalBefore, finalThrough);
  }

  #checkAllSessions(answer: AggregateAnswer): void {
    const { plan, strikes } = this.#world;
    const truths = this.#oracle.truths();
    const taken = (parts: readonly Taken[]) =>
      truths.flatMap((truth) => truth.visits(truth.counted, truth.left.repairedTo, parts));
    const isOver = (end: number) => this.#isOver(end);
    const wrong =
      explainSessions(plan, answer.rows, {}, [[taken(PARTS)]], isOver) ??
      this.#explainStates(answer, this.#oracle.closing.through) ??
      changedSince(this.#finalSessions.values(), answer, isOver);
    if (wrong !== undefined) this.#world.fail(`in the end, an answer has ${wrong}`);
    this.#checkPanes({}, answer, undefined);
    const onTime = sessionsOf(plan, taken(['on_time']));
    for (const { end, events, group, start } of sessionsOf(plan, taken(PARTS))) {
      const last = events.at(-1)?.at ?? start;
      if (naiveStart(start, plan.sessionGapMs) < naiveStart(last, plan.sessionGapMs))
        strikes.add('session_over_panes');
      if (end < last + plan.sessionGapMs) strikes.add('session_cut');
      const parts = onTime.filter((one) => one.group === group && one.start >= start && one.start < end);
      if (parts.length > 1) strikes.add('session_joined');
    }
  }

  #range(sizeMs: number, name: AggregateName): WindowRange {
    if (this.#random.chance(0.5)) return {};
    const last = Math.floor(this.#world.clock.nowMs / sizeMs) * sizeMs;
    // Sessions may be asked for from any time on.
    const beside = name === 'visits' ? this.#random.int(0, sizeMs - 1) : 0;
    const from = (last - this.#random.int(0, 4) * sizeMs + beside) as WindowStart;
    return this.#random.chance(0.5)
      ? { from }
      : { from, to: (from + this.#random.int(1, 4) * sizeMs) as WindowStart };
  }

  #check(
    name: AggregateName,
    levelMs: number,
    range: WindowRange,
    answer: AggregateAnswer,
    before: Before,
  ): void {
    const parts = this.#partsSince(name, levelMs, before);
    const { rows, windows: shown } = answer;
    const byStart = new Map<number, AggregateRow[]>();
    for (const row of rows) byStart.set(row.windowStart, [...(byStart.get(row.windowStart) ?? []), row]);
    const starts = new Set([
      ...parts.flatMap((states) => [...(states.at(-1)?.keys() ?? [])]),
      ...shown.map(({ windowStart }) => windowStart),
    ]);
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
    const isBase = levelMs === windowSizeMs(this.#world.plan, name);
    for (const start of starts) {
      const found = byStart.get(start) ?? [];
      const holes = holesIn(answer, start);
      if (holes !== undefined) this.#world.strikes.add('read_of_holes');
      const isWithin = start >= from && start < to;
      if (found.length === 0 && this.#isOver(start + levelMs)) continue;
      const states = isWithin
        ? parts.map((known) => distinct(known.map((windows) => windows.get(start))))
        : [];
      if (isOneOf(name, found, states, levelMs, holes)) continue;
      const least = mergedWindow(states.map(([first]) => first));
      const most = mergedWindow(states.map((known) => known.at(-1)));
      // A roll-up is made of several windows, and no cut across them.
      if (!isBase && isBetween(name, found, least, most)) continue;
      this.#world.fail(
        `an answer that no commit explains: ${describe(name, levelMs, start, found, least)} at the least; ${describeHoles(name, levelMs, start, holes, least)}`,
      );
      return;
    }
  }

  /** Whether answers leave out windows of this end, since they are kept no longer. */
  #isOver(end: number): boolean {
    const { retentionMs } = this.#world.plan;
    const { finalThrough } = this.#oracle.closing.through;
    return retentionMs > 0 && finalThrough !== null && end + retentionMs <= finalThrough;
  }

  #checkStates(name: AggregateName, levelMs: number, answer: AggregateAnswer, before: Before): void {
    const { strikes } = this.#world;
    const { closedThrough, finalThrough } = this.#oracle.closing.through;
    for (const { windowStart, windowEnd, final, amended } of answer.windows) {
      if (final) strikes.add('read_of_final');
      if (amended) strikes.add('read_of_amended');
      const mustBe = before.finalThrough !== null && windowEnd <= before.finalThrough;
      const mayBe = finalThrough !== null && windowEnd <= finalThrough;
      const isLate = this.#oracle
        .truths()
        .some(
          (truth) =>
            truth.windows(name, levelMs, truth.counted, 'late').has(windowStart) ||
            truth.windows(name, levelMs, truth.left.repairedTo, 'repaired').has(windowStart),
        );
      if (
        windowEnd !== windowStart + levelMs ||
        (mustBe && !final) ||
        (final && !mayBe) ||
        (amended && !isLate)
      )
        this.#world.fail(`an answer says of ${name} from ${windowStart}: final ${final}, amended ${amended}`);
    }
    const least = before.closedThrough ?? Number.NEGATIVE_INFINITY;
    const watermark = answer.watermark ?? Number.NEGATIVE_INFINITY;
    const furthest = Math.max(closedThrough ?? least, this.#oracle.closing.furthest);
    if (watermark < least || watermark > furthest)
      this.#world.fail(`an answer has the watermark ${watermark}, not from ${least} to ${furthest}`);
  }
}

/** States of one window, each once: those of as many events are the same. */
function distinct(states: readonly (NaiveWindow | undefined)[]): (NaiveWindow | undefined)[] {
  const byEvents = new Map(
    states.map((window) => {
      const lacking = `${window?.reduced ?? 0}|${window?.held ?? 0}`;
      return [`${window === undefined ? 0 : eventsOf(window)}|${lacking}`, window];
    }),
  );
  return [...byEvents.values()];
}

/** The states that a shard was in, and its repair, since a question was asked; the last ones, where there was none. */
function stepsSince(
  { left, shard, steps }: ShardTruth,
  before: Before | undefined,
): { counted: readonly number[]; repaired: readonly number[] } {
  if (before === undefined) return { counted: steps.slice(-1), repaired: left.steps.slice(-1) };
  const since = (all: readonly number[], known = 1) => all.slice(Math.max(0, known - 1));
  return {
    counted: since(steps, before.steps.get(shard.id)),
    repaired: since(left.steps, before.repairs.get(shard.id)),
  };
}

function holesIn({ windows }: AggregateAnswer, start: number): ShownHoles | undefined {
  return windows.find(({ windowStart }) => windowStart === start)?.holes;
}

function describeHoles(
  name: string,
  levelMs: number,
  start: number,
  holes: ShownHoles | undefined,
  { held, reduced }: NaiveWindow,
): string {
  return `${name} by ${levelMs / 60_000} min from ${new Date(start).toISOString()} says that it lacks ${JSON.stringify(holes)}, and lacks ${reduced} reduced and ${held} held`;
}

function heldForGood({ crashed, lost, marks }: LeftOut): number {
  return [...lost].filter((place) => marks[place] === 'held' && !crashed.has(place)).length;
}

/** Says where an answer and what is known differ; at most a few groups. */
function describe(
  name: string,
  levelMs: number,
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
  return `${name} by ${levelMs / 60_000} min from ${new Date(start).toISOString()}: ${pairs.join('; ')}`;
}

function show(group: object | undefined): string {
  return group === undefined ? 'missing' : JSON.stringify(group);
}
