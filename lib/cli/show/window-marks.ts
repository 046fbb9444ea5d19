import type { WindowState } from '#app/query/answer-aggregate.ts';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import { windowText } from '#app/query/window-text.ts';
import { whole } from './numbers.ts';

/**
 * What a table says beside a window's start: `✓` final, `✓+` final, and late events came on top of it, `~` something
 * was left out of it under load, `*` some metrics were counted for a part of its events only.
 */
export class WindowMarks {
  readonly #states: ReadonlyMap<string, WindowState>;

  constructor(windows: readonly WindowState[]) {
    this.#states = new Map(windows.map((state) => [windowText(state), state]));
  }

  of(window: Pick<AggregateRow, 'windowStart' | 'windowEnd'>): string {
    const state = this.#states.get(windowText(window));
    const lacks = `${state?.holes ? ' ~' : ''}${state?.partial ? ' *' : ''}`;
    if (!state?.final) return lacks;
    return `${state.amended ? ' ✓+' : ' ✓'}${lacks}`;
  }

  /** What the marks mean, of those that there are; empty without any. */
  legend(): string {
    const states = [...this.#states.values()];
    const marks: string[] = [];
    if (states.some(({ final }) => final)) marks.push('✓ final');
    if (states.some(({ amended }) => amended)) marks.push('✓+ with late events');
    const reduced = states.reduce((sum, { holes }) => sum + (holes?.reduced ?? 0), 0);
    const held = states.reduce((sum, { holes }) => sum + (holes?.held ?? 0), 0);
    if (reduced + held > 0) {
      const which = [
        ...(reduced > 0 ? [`${whole(reduced)} events of all but the essential metrics`] : []),
        ...(held > 0 ? [`${whole(held)} events of low priority`] : []),
      ];
      marks.push(`~ still lacks events, left out under load: ${which.join(', ')}`);
    }
    const partial = [...new Set(states.flatMap((state) => state.partial ?? []))];
    if (partial.length > 0) marks.push(`* not all events are in ${partial.join(', ')}`);
    return marks.join(', ');
  }
}
