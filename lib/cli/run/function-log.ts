/** Log lines that are kept to be shown when something goes wrong. */
const LINES_KEPT = 20;

/** The function's log: shown as it comes if wanted, and its end kept. */
export class FunctionLog {
  readonly #show: ((line: string) => void) | undefined;
  #lines: string[] = [];

  constructor(show: ((line: string) => void) | undefined) {
    this.#show = show;
  }

  add(line: string): void {
    this.#show?.(line);
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines = this.#lines.slice(-LINES_KEPT);
  }

  /** The last lines, indented. */
  tail(): string {
    return this.#lines.length === 0
      ? '  (it logged nothing)'
      : this.#lines.map((line) => `  ${line}`).join('\n');
  }
}
