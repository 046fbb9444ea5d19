import { decodeGroups } from '#core/block-codec.ts';
import type { GroupKey, WindowStart } from '#core/brand.ts';
import { mergeCapped } from '#core/cap-groups.ts';
import { OTHER_GROUP } from '#core/group-key.ts';
import type { GroupTable } from '#core/group-table.ts';
import type { Aggregate, Level } from '#core/pipeline/pipeline.ts';
import type { Pane } from '#core/sessions/session-joiner.ts';
import type { WindowRange } from '../ports/table.ts';
import type { QueryDeps } from './query-aggregate.ts';
import type { PipelineState } from './read-heads.ts';
import { readWindows, type WindowParts } from './window-parts.ts';

/** Panes that are read at once where it is not known how many are needed: at first, and at most. */
const PANES_AT_FIRST = 2;
const PANES_AT_MOST = 64;

/** Reads an aggregate's panes, after registry and heads were read. */
export class PaneReader {
  readonly #deps: QueryDeps;
  readonly #aggregate: Aggregate;
  readonly #level: Level;
  readonly #state: PipelineState;

  constructor(deps: QueryDeps, aggregate: Aggregate, level: Level, state: PipelineState) {
    this.#deps = deps;
    this.#aggregate = aggregate;
    this.#level = level;
    this.#state = state;
  }

  /** The panes that begin in a range, by increasing time; those without events are left out. */
  async *within(range: WindowRange): AsyncGenerator<Pane> {
    const { finals, table } = this.#deps;
    const parts = await readWindows(table, this.#aggregate, this.#level, range, this.#state, finals);
    for (const [start, stored] of [...parts].sort(([a], [b]) => a - b)) {
      const pane = this.#paneOf(start, stored);
      if (pane !== undefined) yield pane;
    }
  }

  /** Those from `from` on, a few at a time, as far as they are asked for. */
  async *onwards(from: number): AsyncGenerator<Pane> {
    const { everyMs } = this.#level;
    let count = PANES_AT_FIRST;
    for (let at = from; ; count = Math.min(2 * count, PANES_AT_MOST)) {
      const to = at + count * everyMs;
      let next = at;
      for await (const pane of this.within({ from: at as WindowStart, to: to as WindowStart })) {
        if (pane.start !== next) return;
        yield pane;
        next += everyMs;
      }
      if (next < to) return;
      at = to;
    }
  }

  /** Those before `before`, by decreasing time and a few at a time, as far as they are asked for, back to `lowest`. */
  async *backwards(before: number, lowest: number): AsyncGenerator<Pane> {
    const { everyMs } = this.#level;
    let count = PANES_AT_FIRST;
    for (let to = before; to > lowest; count = Math.min(2 * count, PANES_AT_MOST)) {
      const from = Math.max(lowest, to - count * everyMs);
      const panes: Pane[] = [];
      for await (const pane of this.within({ from: from as WindowStart, to: to as WindowStart }))
        panes.push(pane);
      yield* panes.toReversed();
      to = from;
    }
  }

  #paneOf(start: WindowStart, { onTime, late }: WindowParts): Pane | undefined {
    let table: GroupTable | undefined;
    const lateKeys: GroupKey[] = [];
    const take = (bytes: Uint8Array): GroupTable => {
      const groups = decodeGroups(bytes, this.#deps.compression);
      if (table === undefined) table = groups;
      else mergeCapped(table, groups, this.#aggregate.groupsMax);
      return groups;
    };
    for (const bytes of onTime) take(bytes);
    for (const bytes of late) lateKeys.push(...take(bytes).keys());
    if (table === undefined) return undefined;
    const merged: GroupTable = table;
    return {
      start,
      table: merged,
      late: new Set(lateKeys.map((key) => (merged.has(key) ? key : OTHER_GROUP))),
    };
  }
}
