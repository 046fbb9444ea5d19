import type { Terminal } from './terminal.ts';

const REDRAW_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 10_000;
const BAR_CELLS = 24;

/** How far some work is: 0 to 1, and what to say beside it. */
export interface Progress {
  readonly done: number;
  readonly text: string;
}

/**
 * Shows how far long work is, on stderr: one line that is drawn over in a terminal, else a line every ten seconds.
 * Returns a function that ends it and clears the line.
 */
export function showProgress(terminal: Terminal, read: () => Progress): () => void {
  if (!terminal.live) {
    const timer = setInterval(() => {
      const { done, text } = read();
      terminal.note(`${percent(done)} ${text}`);
    }, PLAIN_INTERVAL_MS);
    return () => clearInterval(timer);
  }
  const timer = setInterval(() => terminal.show([barLine(read(), terminal.liveColumns)]), REDRAW_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    terminal.endShow(false);
  };
}

/** The line, cut to the terminal's width: a line that wraps could not be drawn over. */
export function barLine({ done, text }: Progress, columns: number): string {
  const share = Math.min(1, Math.max(0, done));
  const filled = Math.round(share * BAR_CELLS);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}`;
  return `${bar} ${percent(share)} ${text}`.slice(0, Math.max(0, columns - 1));
}

function percent(share: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, share)) * 100)} %`.padStart(5);
}
