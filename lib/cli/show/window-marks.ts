import type { WindowState } from '#app/query/answer-aggregate.ts';

/** What a table says beside a window's start: `✓` final, `✓+` final, and late events came on top of it. */
export class WindowMarks {
  readonly #states: ReadonlyMap<number, WindowState>;

  constructor(windows: readonly WindowState[]) {
    this.#states = new Map(windows.map((state) => [state.windowStart, state]));
  }

  of(windowStart: number): string {
    const state = this.#states.get(windowStart);
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
