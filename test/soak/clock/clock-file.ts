import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** Names the file in the environment of a function's process. */
export const CLOCK_FILE_VARIABLE = 'WEIR_SOAK_CLOCK_FILE';

/** What the run's own process tells those of the functions, at each moment. */
export interface ClockReading {
  /** Epoch milliseconds of stream time. */
  readonly nowMs: number;
  /** By how much the clocks of the functions' processes are wrong, in one direction or the other. */
  readonly skewMs: number;
}

const BYTES = 16;

/** Writes the file that all processes read their clock from: 16 bytes, which one call writes and one call reads. */
export class ClockFile {
  readonly #file: number;
  readonly #bytes = Buffer.alloc(BYTES);

  constructor(path: string) {
    this.#file = openSync(path, 'w+');
  }

  write({ nowMs, skewMs }: ClockReading): void {
    this.#bytes.writeDoubleLE(nowMs, 0);
    this.#bytes.writeDoubleLE(skewMs, 8);
    writeSync(this.#file, this.#bytes, 0, BYTES, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** @returns reads the clock: about a microsecond a call */
export function openClockFile(path: string): () => ClockReading {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(BYTES);
  return () => {
    readSync(file, bytes, 0, BYTES, 0);
    return { nowMs: bytes.readDoubleLE(0), skewMs: bytes.readDoubleLE(8) };
  };
}
