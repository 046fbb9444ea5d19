import type { WindowRange } from '#app/ports/table.ts';
import type { AggregateAnswer } from '#app/query/answer-aggregate.ts';
import type { StoredDefinition } from '#core/protocol/definitions.ts';
import { isAnswer, isBetween } from './answer-check.ts';
import { finalText } from './close-check.ts';
import type { Version } from './draw-change.ts';
import { metricsApart } from './naive-versions.ts';
import { mergedWindow, type NaiveWindow, windowSizeMs } from './naive-windows.ts';
import type { Oracle } from './oracle.ts';
import { isWrittenDown, type PipelineVersions } from './pipeline-versions.ts';
import type { AggregateName } from './simulated-pipeline.ts';
import type { World } from './world.ts';

/** Choices that are tried; an answer is hardly ever given while so many commits happen. */
const CHOICES_MAX = 5000;
const PARTS = ['on_time', 'late'] as const;

/** What there was when a question was asked, beside what the shards had counted. */
export interface Closed {
  readonly finalThrough: number | null;
  readonly definitions: readonly StoredDefinition[];
  /** The finals that there were. */
  readonly finals: ReadonlySet<string>;
}

export interface Asked {
  readonly name: AggregateName;
  readonly version: Version;
  readonly levelMs: number;
  readonly range: WindowRange;
  readonly before: Closed;
  /** How many states each shard had passed through. */
  readonly steps: ReadonlyMap<string, number>;
  readonly isOver: (end: number) => boolean;
}

/** What one shard has of one part by one generation, in each of the states that may have been read. */
interface Part {
  readonly generation: string;
  readonly part: (typeof PARTS)[number];
  readonly states: readonly ReadonlyMap<number, NaiveWindow>[];
}

interface Choice {
  readonly isOwn: boolean;
  readonly isSure: boolean;
  readonly states: readonly (NaiveWindow | undefined)[];
}

/**
 * The rules of definitions that change, written down a second time: of an aggregate that a deployment changes, an
 * answer has what its own version counted, and, as soon as `close` has written down the other definition, what that
 * one counted. Of windows that were made final before their definition was known, it has only what is late until then.
 */
export class GenerationCheck {
  readonly #world: World;
  readonly #versions: PipelineVersions;
  readonly #oracle: Oracle;

  constructor(world: World, versions: PipelineVersions, oracle: Oracle) {
    this.#world = world;
    this.#versions = versions;
    this.#oracle = oracle;
  }

  get now(): Closed {
    const { closing } = this.#oracle;
    const { finalThrough } = closing.through;
    return { finalThrough, definitions: closing.definitions, finals: closing.finalTexts() };
  }

  /** Where an answer is not what the rules say; nothing where it is. */
  explain(asked: Asked, answer: AggregateAnswer): string | undefined {
    const { isOver, levelMs, name, range, version } = asked;
    const now = this.now;
    const own = this.#versions.aggregate(version, name)?.generation ?? '';
    const parts = this.#parts(asked);
    const starts = new Set([
      ...parts.flatMap(({ states }) => [...(states.at(-1)?.keys() ?? [])]),
      ...answer.rows.map(({ windowStart }) => windowStart),
    ]);
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
    for (const start of starts) {
      const rows = answer.rows.filter(({ windowStart }) => windowStart === start);
      if (rows.length === 0 && (start < from || start >= to || isOver(start + levelMs))) continue;
      const choices = parts.flatMap((part) => this.#choice(asked, now, own, part, start) ?? []);
      const partial = answer.windows.find(({ windowStart }) => windowStart === start)?.partial ?? [];
      if (partial.length > 0) this.#world.strikes.add('read_of_partial');
      if (this.#isOneOf(asked, rows, partial, choices)) continue;
      const least = mergedWindow(choices.map(({ isSure, states }) => (isSure ? states[0] : undefined)));
      const most = mergedWindow(choices.map(({ states }) => states.at(-1)));
      // A roll-up is made of several windows, and no cut across them.
      const isBase = levelMs === windowSizeMs(this.#world.plan, name);
      if (!isBase && isBetween(name, rows, least, most)) continue;
      const shown = JSON.stringify(rows.slice(0, 3).map(({ group, metrics }) => [group, metrics]));
      const wanted = JSON.stringify(
        [...most].slice(0, 3).map(([key, group]) => [key, { ...group, all: [] }]),
      );
      return `version ${version} is told of ${name} by ${levelMs} from ${start}: ${shown}, partial ${partial.join()}; there is ${wanted}`;
    }
    return undefined;
  }

  #parts({ levelMs, name, steps }: Asked): Part[] {
    return this.#oracle.truths().flatMap((truth) => {
      const passed = truth.steps.slice(Math.max(0, (steps.get(truth.shard.id) ?? 1) - 1));
      return this.#versions.generationsOf(name).flatMap((generation) => {
        const by = this.#versions.versionsOf(name, generation);
        return PARTS.map((part) => ({
          generation,
          part,
          states: passed.map((counted) => truth.windows(name, levelMs, counted, part, by)),
        }));
      });
    });
  }

  /** What an answer may have of a part in one window; nothing where it can't have any. */
  #choice(asked: Asked, now: Closed, own: string, part: Part, start: number): Choice | undefined {
    const { before, levelMs, name } = asked;
    const { generation } = part;
    const isOwn = generation === own;
    const wasKnown = isWrittenDown(before.definitions, name, generation);
    if (!isOwn && !isWrittenDown(now.definitions, name, generation)) return undefined;
    let isSure = isOwn || wasKnown;
    if (part.part === 'on_time') {
      const text = finalText({ aggregate: name, generation, levelMs, windowStart: start });
      const end = start + levelMs;
      const [wasFinal, isFinal] = [before, now].map(({ finalThrough }) => (finalThrough ?? -1) >= end);
      if (wasFinal && !now.finals.has(text)) return undefined;
      if (wasFinal && !before.finals.has(text)) isSure = false;
      if (isFinal && !(wasKnown && now.finals.has(text))) isSure = false;
      // Of what it is made of, some was made final before the definition was known.
      const isBase = levelMs === windowSizeMs(this.#world.plan, name);
      if (!isBase && !wasKnown && (now.finalThrough ?? -1) > start) isSure = false;
    }
    const states = distinct(part.states.map((windows) => windows.get(start)));
    return { isOwn, isSure, states: isSure ? states : [undefined, ...states] };
  }

  #isOneOf(
    { levelMs, name, version }: Asked,
    rows: AggregateAnswer['rows'],
    partial: readonly string[],
    choices: readonly Choice[],
  ): boolean {
    const { change } = this.#world.plan;
    const apart = name === 'by_group' ? metricsApart(change, version) : [];
    const count = choices.reduce((product, { states }) => product * states.length, 1);
    if (count > CHOICES_MAX) return true;
    for (let choice = 0; choice < count; choice++) {
      let left = choice;
      const chosen = choices.map(({ isOwn, states }) => {
        const state = states[left % states.length];
        left = Math.floor(left / states.length);
        return { isOwn, state };
      });
      const all = mergedWindow(chosen.map(({ state }) => state));
      const own = mergedWindow(chosen.map(({ isOwn, state }) => (isOwn ? state : undefined)));
      const hasOther = chosen.some(({ isOwn, state }) => !isOwn && state !== undefined && state.size > 0);
      const isPartial = String([...partial].sort()) === String(hasOther ? apart : []);
      if (isPartial && isAnswer(name, rows, all, levelMs, { change, version, own })) return true;
    }
    return false;
  }
}

/** States of one window, each once: those of as many events are the same. */
function distinct(states: readonly (NaiveWindow | undefined)[]): (NaiveWindow | undefined)[] {
  const size = (window: NaiveWindow | undefined) =>
    [...(window ?? [])].reduce((sum, [, { events }]) => sum + events, 0);
  const byEvents = new Map(states.map((window) => [size(window), window]));
  return [...byEvents].sort(([a], [b]) => a - b).map(([, window]) => window);
}
