import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleFunction } from './bundle-function.ts';
import type { Clock } from './event-source-mapping/ports.ts';
import { FunctionHost } from './function-host/function-host.ts';
import type { OutputSinks } from './function-host/function-output.ts';
import { LOCAL_REGION } from './resource-names.ts';

const FUNCTIONS_FOLDER = new URL('../../functions/', import.meta.url);

export interface ScheduledFunctionOptions extends OutputSinks {
  /** Its folder in `functions/`. */
  readonly folder: 'close' | 'repair' | 'scale';
  readonly settings: { readonly timeoutSeconds: number; readonly memoryMegabytes: number };
  readonly pipelineFile: string;
  readonly name: string;
  readonly workFolder: string;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs a bundled function again and again, one run at a time, as its schedule does when it is deployed. */
export class ScheduledFunction {
  readonly #folder: string;
  readonly #host: FunctionHost;
  readonly #onLog: (line: string) => void;
  readonly #clock: Clock;
  #cancel: () => void = () => {};
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  private constructor(folder: string, host: FunctionHost, clock: Clock, onLog: (line: string) => void) {
    this.#folder = folder;
    this.#host = host;
    this.#clock = clock;
    this.#onLog = onLog;
  }

  static async start(options: ScheduledFunctionOptions): Promise<ScheduledFunction> {
    const { folder, settings } = options;
    const workFolder = join(options.workFolder, folder);
    const bundle = await bundleFunction({
      entryFile: fileURLToPath(new URL(`${folder}/handler.ts`, FUNCTIONS_FOLDER)),
      pipelineFile: options.pipelineFile,
      outputFolder: workFolder,
    });
    const { name, clock, environment, onLog, onMetrics, everyMs } = options;
    const host = await FunctionHost.start({
      settings: {
        name,
        entryFile: bundle.entryFile,
        timeoutMs: settings.timeoutSeconds * 1000,
        memoryMegabytes: settings.memoryMegabytes,
        region: LOCAL_REGION,
        environment,
      },
      workFolder,
      processesMax: 1,
      clock,
      onLog,
      onMetrics,
    });
    const schedule = new ScheduledFunction(folder, host, clock, onLog);
    schedule.#plan(everyMs);
    return schedule;
  }

  /** Runs the function now, after the run that is under way. Resolves with its report; rejects where it failed. */
  run(): Promise<unknown> {
    const run = this.#running.then(async () => {
      const result = await this.#host.invoke('{}');
      if (result.type === 'response') return JSON.parse(result.payload) as unknown;
      throw new Error(`${this.#folder}: ${result.type}: ${result.message}`);
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
      void this.#runAndPlan(everyMs);
    }, everyMs);
  }

  async #runAndPlan(everyMs: number): Promise<void> {
    try {
      await this.run();
    } catch (error) {
      if (!this.#stopped) this.#onLog((error as Error).message);
    }
    if (!this.#stopped) this.#plan(everyMs);
  }
}
