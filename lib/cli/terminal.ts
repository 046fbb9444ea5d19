import type { Writable } from 'node:stream';
import { createColors } from 'picocolors';

type Colors = ReturnType<typeof createColors>;

/** A stream that may be a terminal. */
type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** Where a command writes: its result to stdout, all else to stderr. */
export class Terminal {
  readonly #out: Output;
  readonly #err: Output;
  #shown: readonly string[] = [];
  /** Colours of what goes to stdout. */
  readonly colors: Colors;
  /** Whether stderr is looked at while the command runs. */
  readonly live: boolean;

  constructor(out: Output, err: Output, options: { readonly json: boolean }) {
    this.#out = out;
    this.#err = err;
    const wanted = process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
    this.colors = createColors(wanted && out.isTTY === true && !options.json);
    this.live = err.isTTY === true && !options.json && process.env['TERM'] !== 'dumb';
  }

  get columns(): number {
    return this.#out.columns ?? this.#err.columns ?? 100;
  }

  /** Writes a part of the result. Resolves when there is room for more: results can be larger than memory likes. */
  async print(text: string): Promise<void> {
    if (this.#out.write(text) || this.#out.destroyed) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        this.#out.off('drain', go).off('close', go);
        resolve();
      };
      this.#out.on('drain', go).on('close', go);
    });
  }

  /** Tells what is going on: one line, above what is shown live. */
  note(line: string): void {
    this.#err.write(`${this.#eraser()}${line}\n${this.#shown.map((shown) => `${shown}\n`).join('')}`);
  }

  /** Shows lines on stderr in place of those shown before. None may be wider than the terminal. Only if `live`. */
  show(lines: readonly string[]): void {
    this.#err.write(`${this.#eraser()}${lines.map((line) => `${line}\n`).join('')}`);
    this.#shown = lines;
  }

  /** Ends a live view: what it showed last stays, or is erased. */
  endShow(keep: boolean): void {
    if (!keep) this.#err.write(this.#eraser());
    this.#shown = [];
  }

  #eraser(): string {
    return this.#shown.length === 0 ? '' : `\u001b[${this.#shown.length}A\u001b[0J`;
  }

  get liveColumns(): number {
    return this.#err.columns ?? 80;
  }

  get liveRows(): number {
    return this.#err.rows ?? 24;
  }
}
