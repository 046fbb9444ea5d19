import type { ClosedWindow } from '#app/ports/announcements.ts';
import { decodeGroups } from '#core/block-codec.ts';
import { groupValuesOf } from '#core/group-key.ts';
import { type StoredDefinition } from '#core/protocol/definitions.ts';
import type { Final, FinalKey } from '#core/protocol/final.ts';
import type { Head } from '#core/protocol/head.ts';
import { EMPTY_REGISTRY, isSameShard, type Registry } from '#core/protocol/registry.ts';
import { type CheckedRow, eventsOf, isAnswer } from './answer-check.ts';
import type { MemoryTable } from './memory-table.ts';
import {
  aggregatesOf,
  levelsMs,
  mergedWindow,
  type NaiveWindow,
  naiveStart,
  windowSizeMs,
} from './naive-windows.ts';
import { isWrittenDown, type PipelineVersions } from './pipeline-versions.ts';
import type { ShardTruth } from './shard-truth.ts';
import { STREAM } from './simulated-function.ts';
import type { AggregateName } from './simulated-pipeline.ts';
import { storedCompression } from './stored-compression.ts';
import type { TakenBy } from './timeliness-truth.ts';
import { type World } from './world.ts';

/** A raised watermark was decided so long ago at most: the longest run, and the latest that a write comes. */
const DECIDED_MS_MAX = 12 * 60_000;
/** How long nothing may have come before the clock closes windows. */
const STANDSTILL_MS = 60_000;

interface Truths {
  truth(id: string): ShardTruth;
  truths(): ShardTruth[];
}

/** Checks all that closing writes, at the moment at which it takes effect. */
export class CloseCheck {
  readonly #world: World;
  readonly #table: MemoryTable;
  readonly #versions: PipelineVersions;
  readonly #truths: Truths;
  /** Told whenever more windows are final. */
  onFinalThrough: () => void = () => {};
  readonly #finals = new Map<string, Final>();
  readonly #announced = new Set<string>();
  /** When a shard was last found to have nothing beyond the position of its head. */
  readonly #drainedMs = new Map<string, number>();

  readonly #registeredMs = new Map<string, number>();

  constructor(world: World, table: MemoryTable, versions: PipelineVersions, truths: Truths) {
    this.#world = world;
    this.#table = table;
    this.#versions = versions;
    this.#truths = truths;
  }

  /** Up to where windows are closed for all, and final. */
  get through(): Pick<Registry, 'closedThrough' | 'finalThrough'> {
    return this.#registry;
  }

  get definitions(): readonly StoredDefinition[] {
    return this.#registry.definitions;
  }

  /** Which finals there are. */
  finalTexts(): ReadonlySet<string> {
    return new Set(this.#finals.keys());
  }

  /** The greatest watermark of a head. */
  get furthest(): number {
    const shards = this.#truths.truths().map(({ shard }) => this.#watermarkOf(shard.id));
    return Math.max(...shards.map((watermark) => watermark ?? Number.NEGATIVE_INFINITY));
  }

  get #registry(): Registry {
    return this.#table.registry ?? EMPTY_REGISTRY;
  }

  /** The stream was asked, and has nothing in this shard beyond its head's position. */
  onDrained(shard: string): void {
    this.#drainedMs.set(shard, this.#world.clock.nowMs);
  }

  onAnnounced(windows: readonly ClosedWindow[]): void {
    const { strikes } = this.#world;
    for (const { aggregate, levelMs, windowStart, windowEnd, groups, totals } of windows) {
      // Whose it is, it does not say: of a window of which two definitions have a part, both are announced.
      const keys = this.#versions
        .generationsOf(aggregate as AggregateName)
        .map((generation) => ({ aggregate, generation, levelMs, windowStart }))
        .filter((key) => {
          const naive = this.#onTime(key);
          const isWhole = aggregate === 'capped' || groups === naive.size;
          return isWhole && totals['events'] === eventsOf(naive) && windowEnd === windowStart + levelMs;
        });
      const texts = keys.map(finalText);
      if (texts.some((text) => this.#announced.has(text))) strikes.add('announced_again');
      for (const text of texts) this.#announced.add(text);
      if (texts.length === 0)
        this.#world.fail(
          `${aggregate} by ${levelMs} from ${windowStart} is announced with ${groups} groups, ${JSON.stringify(totals['events'])} events and the end ${windowEnd}`,
        );
    }
  }

  /** Events are counted: none of them on time in a window that is closed for all. */
  onCounted(truth: ShardTruth, name: string, taken: readonly TakenBy[]): void {
    const { closedThrough } = this.#registry;
    if (closedThrough === null) return;
    for (const [i, by] of taken.entries()) {
      const { time } = truth.shard.events[truth.counted + i] ?? { time: Number.NaN };
      for (const aggregate of aggregatesOf(this.#world.plan)) {
        const sizeMs = windowSizeMs(this.#world.plan, aggregate);
        const end = naiveStart(time, sizeMs) + sizeMs;
        if (by[aggregate] === 'on_time' && end <= closedThrough)
          this.#world.fail(`${name} adds to ${aggregate} to ${end} on time, though that is closed for all`);
      }
    }
  }

  /** A head is written that counts nothing: it may be new, raised, or ended. */
  onUncounted(truth: ShardTruth, name: string, before: Head | undefined, after: Head): void {
    const world = this.#world;
    const watermark = before?.watermark ?? null;
    if (before === undefined) {
      if (after.watermark !== this.#registry.closedThrough)
        world.fail(`${name} is new with the watermark ${after.watermark}, and not with what is closed`);
      return;
    }
    if (after.watermark !== watermark) this.#checkRaise(truth, name, watermark, after.watermark);
    if (after.lastEnd !== before.lastEnd || after.newest?.time !== before.newest?.time)
      world.fail(`${name} counts nothing, and changes what was counted last`);
    if (after.ended && !before.ended) {
      world.strikes.add('shard_ended');
      if (!truth.shard.isClosed || !truth.isDone)
        world.fail(`${name} ends with ${truth.counted} of ${truth.shard.events.length} events counted`);
    }
    if (before.ended && !after.ended) world.fail(`${name} begins again`);
  }

  #checkRaise(truth: ShardTruth, name: string, before: number | null, raised: number | null): void {
    const { clock, plan, strikes } = this.#world;
    if (raised === null) return;
    strikes.add('idle_raised');
    const wasDrained = (shard: string) =>
      clock.nowMs - (this.#drainedMs.get(shard) ?? Number.NEGATIVE_INFINITY) <= DECIDED_MS_MAX;
    if (!wasDrained(truth.shard.id))
      this.#world.fail(
        `${name} raises the watermark from ${before}, and nobody has asked whether it is idle`,
      );
    const heads = this.#registry.shards.map((shard) => ({ shard, head: this.#table.readHead(shard) }));
    for (const { shard, head } of heads) {
      // Those that have joined since it was decided are held up by what is closed, not by this.
      const hasJoined = clock.nowMs - (this.#registeredMs.get(shard.shard) ?? 0) <= DECIDED_MS_MAX;
      if (head?.ended || hasJoined || wasDrained(shard.shard)) continue;
      if ((head?.watermark ?? Number.NEGATIVE_INFINITY) < raised)
        this.#world.fail(
          `${name} raises the watermark to ${raised}, beyond that of ${shard.shard}, which is not idle`,
        );
    }
    const others = this.#truths.truths().filter((other) => other !== truth);
    const furthest = Math.max(
      ...others.map(({ shard }) => this.#watermarkOf(shard.id) ?? Number.NEGATIVE_INFINITY),
    );
    if (raised <= furthest) return;
    strikes.add('raised_by_clock');
    if (raised > clock.nowMs + plan.skewMs - STANDSTILL_MS - plan.latenessMs)
      this.#world.fail(`${name} raises the watermark to ${raised}, beyond all others and the clock`);
  }

  #watermarkOf(shard: string): number | null {
    return (
      this.#table.readHead({ stream: STREAM, shard: this.#truths.truth(shard).shard.id })?.watermark ?? null
    );
  }

  onRegistry(before: Registry = EMPTY_REGISTRY, after: Registry): void {
    const { strikes } = this.#world;
    const name = `registry ${after.version}`;
    const closed = [before.closedThrough, after.closedThrough].map(
      (time) => time ?? Number.NEGATIVE_INFINITY,
    );
    const final = [before.finalThrough, after.finalThrough].map((time) => time ?? Number.NEGATIVE_INFINITY);
    const [closedBefore = 0, closedThrough = 0] = closed;
    const [finalBefore = 0, finalThrough = 0] = final;
    if (after.version !== before.version + 1) this.#world.fail(`${name} comes after ${before.version}`);
    if (closedThrough < closedBefore) this.#world.fail(`${name} takes back what is closed`);
    if (finalThrough < finalBefore) this.#world.fail(`${name} takes back what is final`);
    if (finalThrough > closedThrough) this.#world.fail(`${name} makes final what is not closed`);
    if (closedThrough > closedBefore) {
      strikes.add('closed');
      this.#checkClosed(name, after, closedThrough);
    }
    if (finalThrough > finalBefore) {
      this.#checkFinal(name, finalBefore, finalThrough, after.definitions);
      this.onFinalThrough();
    }
    this.#checkAdopted(name, before, after);
    for (const { shard } of after.shards)
      if (!this.#registeredMs.has(shard)) this.#registeredMs.set(shard, this.#world.clock.nowMs);
    for (const shard of before.shards) {
      if (after.shards.some((known) => isSameShard(known, shard))) continue;
      strikes.add('shard_gone');
      const head = this.#table.readHead(shard);
      const isOver =
        head?.ended && head.pending.length === 0 && (head.lastEnd ?? finalThrough) <= finalThrough;
      if (!isOver) this.#world.fail(`${name} leaves out ${shard.shard}, which is not over`);
      if (!this.#truths.truth(shard.shard).left.isRepaired)
        this.#world.fail(`${name} leaves out ${shard.shard}, which is not repaired`);
    }
    if (this.#world.isTraced)
      this.#world.trace(
        `${name}: closed through ${after.closedThrough}, final through ${after.finalThrough}, shards ${after.shards.map(({ shard }) => shard).join()}`,
      );
  }

  /** No shard may add on time any more to what is closed for all. */
  #checkClosed(name: string, { shards }: Registry, closedThrough: number): void {
    for (const shard of shards) {
      const head = this.#table.readHead(shard);
      if (head === undefined) this.#world.fail(`${name} closes windows, and ${shard.shard} has no head`);
      else if (!head.ended && (head.watermark ?? Number.NEGATIVE_INFINITY) < closedThrough)
        this.#world.fail(`${name} closes through ${closedThrough}; ${shard.shard} is at ${head.watermark}`);
    }
  }

  /** Of all that is on time there is a final by then, of each definition that whoever closes knows, and it was announced. */
  #checkFinal(name: string, from: number, through: number, definitions: Registry['definitions']): void {
    const version = this.#table.writer?.version ?? 0;
    for (const aggregate of aggregatesOf(this.#world.plan, version)) {
      for (const generation of this.#versions.generationsOf(aggregate))
        if (isWrittenDown(definitions, aggregate, generation))
          this.#checkFinals(name, aggregate, generation, from, through);
    }
  }

  /** A definition is written down when the windows that are final without it have got their finals, and stays so. */
  #checkAdopted(name: string, before: Registry, { definitions, finalThrough }: Registry): void {
    const { strikes } = this.#world;
    for (const { aggregate, generation } of before.definitions)
      if (!isWrittenDown(definitions, aggregate, generation))
        this.#world.fail(`${name} forgets what generation ${generation} of ${aggregate} means`);
    for (const { aggregate, generation } of definitions) {
      if (isWrittenDown(before.definitions, aggregate, generation)) continue;
      if (before.definitions.length === 0 || finalThrough === null) continue;
      strikes.add('definition_adopted');
      this.#checkFinals(name, aggregate as AggregateName, generation, Number.NEGATIVE_INFINITY, finalThrough);
      if ([...this.#finals.values()].some(({ key }) => key.generation === generation))
        strikes.add('adopted_with_finals');
    }
  }

  #checkFinals(
    name: string,
    aggregate: AggregateName,
    generation: string,
    from: number,
    through: number,
  ): void {
    const by = this.#versions.versionsOf(aggregate, generation);
    for (const levelMs of levelsMs(this.#world.plan, aggregate)) {
      const starts = new Set(
        this.#truths
          .truths()
          .flatMap((truth) => [...truth.windows(aggregate, levelMs, truth.counted, 'on_time', by).keys()]),
      );
      for (const windowStart of starts) {
        const end = windowStart + levelMs;
        if (end <= from || end > through) continue;
        const text = finalText({ aggregate, generation, levelMs, windowStart });
        if (!this.#finals.has(text)) this.#world.fail(`${name} says that ${text} is final, and it has none`);
        else if (!this.#announced.has(text)) this.#world.fail(`${name} comes before ${text} is announced`);
      }
    }
  }

  onFinal(before: Final | undefined, final: Final): void {
    const { key } = final;
    const { strikes, plan } = this.#world;
    const text = finalText(key);
    const aggregate = key.aggregate as AggregateName;
    strikes.add(key.levelMs === windowSizeMs(plan, aggregate) ? 'final' : 'rolled_up');
    this.#finals.set(text, final);
    if (before !== undefined) return this.#world.fail(`${text} is written again`);
    const { closedThrough } = this.#registry;
    if (closedThrough === null || key.windowStart + key.levelMs > closedThrough)
      return this.#world.fail(`${text} is written before the window is closed`);
    if (!levelsMs(plan, aggregate).includes(key.levelMs)) return this.#world.fail(`${text} is of no level`);
    this.#checkValue(final);
  }

  /** When everything is counted and nothing comes any more: finals are complete, and nothing is left to be closed. */
  checkEnd(): void {
    for (const final of this.#finals.values()) this.#checkValue(final);
    const { closedThrough, finalThrough, shards } = this.#registry;
    if (closedThrough === null && this.furthest === Number.NEGATIVE_INFINITY) return;
    if (closedThrough !== this.furthest || finalThrough !== closedThrough)
      this.#world.fail(
        `in the end, windows are closed through ${closedThrough} and final through ${finalThrough}; the watermark is ${this.furthest}`,
      );
    for (const { shard } of this.#truths.truths()) {
      const head = this.#table.readHead({ stream: STREAM, shard: shard.id });
      const isOver =
        head?.lastEnd === null || (head?.lastEnd ?? 0) <= (finalThrough ?? Number.NEGATIVE_INFINITY);
      if (shard.isClosed && !head?.ended)
        this.#world.fail(`in the end, ${shard.id} is closed and has not ended`);
      else if (shard.isClosed && isOver && shards.some((known) => known.shard === shard.id))
        this.#world.fail(`in the end, ${shard.id} is over, and the registry names it`);
    }
  }

  #checkValue({ key, bytes }: Final): void {
    const aggregate = key.aggregate as AggregateName;
    const naive = this.#onTime(key);
    const { held, reduced } = decodeGroups(bytes, storedCompression);
    if (held !== naive.held || reduced !== naive.reduced)
      this.#world.fail(
        `${finalText(key)} lacks ${held} held and ${reduced} reduced events, and not ${naive.held} and ${naive.reduced}`,
      );
    const [version = 0] = this.#versions.versionsOf(aggregate, key.generation);
    const asking = { change: this.#world.plan.change, version, own: naive };
    const rows = this.#rows(key, bytes);
    if (isAnswer(aggregate, rows, naive, key.levelMs, asking)) return;
    const found = rows.reduce((sum, { metrics }) => sum + Number(metrics['events']), 0);
    this.#world.fail(`${finalText(key)} has ${found} events; on time are ${eventsOf(naive)}`);
  }

  /** What all shards have of a window on time, as far as it was counted by this generation. */
  #onTime({ aggregate, generation, levelMs, windowStart }: TextKey): NaiveWindow {
    const name = aggregate as AggregateName;
    const by = this.#versions.versionsOf(aggregate, generation);
    const truths = this.#truths.truths();
    return mergedWindow(
      truths.map((truth) => truth.windows(name, levelMs, truth.counted, 'on_time', by).get(windowStart)),
    );
  }

  #rows({ aggregate, generation, levelMs }: FinalKey, bytes: Uint8Array): CheckedRow[] {
    const [version = 0] = this.#versions.versionsOf(aggregate, generation);
    const fields = this.#versions.aggregate(version, aggregate)?.groupBy.length ?? 0;
    const table = decodeGroups(bytes, storedCompression);
    return [...table.keys()].map((key) => {
      const values = table.values(table.row(key), levelMs);
      return {
        group: Object.fromEntries(groupValuesOf(key, fields).entries()),
        metrics: Object.fromEntries(table.layout.map((metric, i) => [metric.name, values[i]])),
      };
    });
  }
}

type TextKey = Pick<FinalKey, 'aggregate' | 'generation' | 'levelMs'> & { readonly windowStart: number };

export function finalText({ aggregate, generation, levelMs, windowStart }: TextKey): string {
  return `the final of ${aggregate} (${generation}) by ${levelMs} from ${windowStart}`;
}
