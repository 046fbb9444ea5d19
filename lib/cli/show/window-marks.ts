import type { WindowState } from '#app/query/answer-aggregate.ts';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import { windowText } from '#app/query/window-text.ts';

/** What a table says beside a window's start: `✓` final, `✓+` final, and late events came on top of it. */
export class WindowMarks {
  readonly #states: ReadonlyMap<string, WindowState>;

  constructor(windows: readonly WindowState[]) {
    this.#states = new Map(windows.map((state) => [windowText(state), state]));
  }

  of(window: Pick<AggregateRow, 'windowStart' | 'windowEnd'>): string {
    const state = this.#states.get(windowText(window));
    if (!state?.final) return '';
    return state.amended ? ' ✓+' : ' ✓';
  }

  /** What the marks mean, of those that there are; empty without any. */
  legend(): string {
    const states = [...this.#states.values()];
    if (!states.some(({ final }) => final)) return '';
    return states.some(({ amended }) => amended) ? '✓ final, ✓+ with late events' : '✓ final';
  }
}
