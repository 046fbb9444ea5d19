import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLOSE_FUNCTION } from '#contracts/close-function.ts';
import { bundleFunction } from './bundle-function.ts';
import type { Clock } from './event-source-mapping/ports.ts';
import { FunctionHost } from './function-host/function-host.ts';
import type { OutputSinks } from './function-host/function-output.ts';
import { LOCAL_REGION } from './resource-names.ts';

const HANDLER_FILE = fileURLToPath(new URL('../../functions/close/handler.ts', import.meta.url));

export interface CloseScheduleOptions extends OutputSinks {
  readonly pipelineFile: string;
  readonly name: string;
  readonly workFolder: string;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs the bundled function `close` again and again, one run at a time, as its schedule does when it is deployed. */
export class CloseSchedule {
  readonly #host: FunctionHost;
  readonly #onLog: (line: string) => void;
  readonly #clock: Clock;
  #cancel: () => void = () => {};
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  private constructor(host: FunctionHost, clock: Clock, onLog: (line: string) => void) {
    this.#host = host;
    this.#clock = clock;
    this.#onLog = onLog;
  }

  static async start(options: CloseScheduleOptions): Promise<CloseSchedule> {
    const workFolder = join(options.workFolder, 'close');
    const bundle = await bundleFunction({
      entryFile: HANDLER_FILE,
      pipelineFile: options.pipelineFile,
      outputFolder: workFolder,
    });
    const { name, clock, environment, onLog, onMetrics, everyMs } = options;
    const host = await FunctionHost.start({
      settings: {
        name,
        entryFile: bundle.entryFile,
        timeoutMs: CLOSE_FUNCTION.timeoutSeconds * 1000,
        memoryMegabytes: CLOSE_FUNCTION.memoryMegabytes,
        region: LOCAL_REGION,
        environment,
      },
      workFolder,
      processesMax: 1,
      clock,
      onLog,
      onMetrics,
    });
    const schedule = new CloseSchedule(host, clock, onLog);
    schedule.#plan(everyMs);
    return schedule;
  }

  /** Runs the function now, after the run that is under way. Resolves with its report; rejects where it failed. */
  run(): Promise<unknown> {
    const run = this.#running.then(async () => {
      const result = await this.#host.invoke('{}');
      if (result.type === 'response') return JSON.parse(result.payload) as unknown;
      throw new Error(`close: ${result.type}: ${result.message}`);
    });
    this.#running = run.catch(() => {});
    return run;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#host.stop();
  }

  #plan(everyMs: number): void {
    this.#cancel = this.#clock.setTimer(() => {
      void this.run()
        .catch((error: Error) => {
          if (!this.#stopped) this.#onLog(error.message);
        })
        .then(() => {
          if (!this.#stopped) this.#plan(everyMs);
        });
    }, everyMs);
  }
}
