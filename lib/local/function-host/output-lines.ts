/** What CloudWatch takes as one log event at most. */
const LINE_BYTES_MAX = 1024 * 1024;

/**
 * Cuts what a process writes into lines. A line beyond `lineBytesMax` is cut off there, and says so.
 *
 * @param onLine gets each line without its end; called from `push` and `end` only
 */
export class OutputLines {
  readonly #onLine: (line: string) => void;
  readonly #lineBytesMax: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  #cutBytes = 0;

  constructor(onLine: (line: string) => void, lineBytesMax = LINE_BYTES_MAX) {
    this.#onLine = onLine;
    this.#lineBytesMax = lineBytesMax;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#add(chunk.subarray(start, end));
      this.#emit();
      start = end + 1;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
  }

  /** Tells a last line that has no end. */
  end(): void {
    if (this.#bytes > 0) this.#emit();
  }

  #add(part: Buffer): void {
    const kept = part.subarray(0, this.#lineBytesMax - this.#bytes);
    this.#cutBytes += part.length - kept.length;
    this.#bytes += kept.length;
    if (kept.length > 0) this.#parts.push(kept);
  }

  #emit(): void {
    const line = Buffer.concat(this.#parts).toString('utf8');
    const cut = this.#cutBytes;
    this.#parts = [];
    this.#bytes = 0;
    this.#cutBytes = 0;
    this.#onLine(cut === 0 ? line : `${line} … (${cut} bytes left out)`);
  }
}
