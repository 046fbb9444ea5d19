import { basename } from 'node:path';
import type { EventFile } from '../read-events/input-event.ts';
import type { LocalRun } from '../run/local-run.ts';
import { estimateEvents, steadyPace, watchableSpeed } from './pace.ts';
import { writeReplayMark } from './replay-mark.ts';

export interface ReplayOptions {
  /** Events a second; `Infinity`: as fast as it can; a watchable speed where left out. */
  readonly speed: number | undefined;
  readonly dataDir: string | undefined;
}

/** A file that is put into a run's stream at some speed. */
export class Replay {
  readonly fileName: string;
  readonly #run: LocalRun;
  readonly #file: EventFile;
  #expected: number | undefined;

  constructor(run: LocalRun, file: EventFile) {
    this.#run = run;
    this.#file = file;
    this.fileName = basename(file.path);
  }

  /** Share of it that is done, 0 to 1: by events where it is known how many there are, else by bytes. */
  share(): number {
    return this.#expected === undefined ? this.#file.progress() : this.#run.fed / Math.max(1, this.#expected);
  }

  /** Resolves when the stream has all events. */
  async play({ speed, dataDir }: ReplayOptions, signal: AbortSignal): Promise<void> {
    const path = this.#file.path;
    if (dataDir !== undefined) writeReplayMark(dataDir, { file: path, state: 'begun' });
    if (speed === Number.POSITIVE_INFINITY) {
      await this.#run.feed(this.#file, signal);
    } else {
      this.#expected = await estimateEvents(this.#file);
      const eventsPerSecond = speed ?? watchableSpeed(this.#expected);
      await this.#run.feed(this.#file, signal, steadyPace(eventsPerSecond, signal));
    }
    if (dataDir !== undefined) writeReplayMark(dataDir, { file: path, state: 'done' });
  }
}
