import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleScript } from '../bundle-script.ts';
import { type Clock, SYSTEM_CLOCK } from '../event-source-mapping/ports.ts';
import type { OutputSinks } from './function-output.ts';
import { FunctionProcess } from './function-process.ts';
import type { FunctionSettings, InvocationEvent, InvocationResult, KilledProcess } from './invocation.ts';

/** What a host works with. */
export interface FunctionHostOptions extends OutputSinks {
  readonly settings: FunctionSettings;
  /** Where the host puts its own script. */
  readonly workFolder: string;
  /** Processes at a time; further invocations wait. */
  readonly processesMax: number;
  /** What the function's time limit goes by; the system's by default. */
  readonly clock?: Clock;
  readonly onInvocation?: ((event: InvocationEvent) => void) | undefined;
}

/** An invocation's result, and which one it was. */
export type HostedInvocation = InvocationResult & {
  readonly requestId: string;
  /** What the function has published meanwhile, in embedded metric format. */
  readonly metrics: readonly object[];
};

/**
 * Runs a bundled function outside this process, as Lambda does: each process has at most one invocation, is used
 * again, and is replaced when it crashes, runs out of memory or out of time. The processes end with this one.
 */
export class FunctionHost {
  readonly #options: FunctionHostOptions;
  readonly #scriptFile: string;
  readonly #processes = new Set<FunctionProcess>();
  readonly #closing = new Set<Promise<void>>();
  #idle: FunctionProcess[] = [];
  /** In the order in which their functions have started. */
  readonly #running = new Set<FunctionProcess>();
  #waiting: ((process: FunctionProcess | undefined) => void)[] = [];
  #stopped = false;
  /** Left idle, if it can be: the next invocation is to be in a process that may be killed. */
  #spared: FunctionProcess | undefined;

  private constructor(options: FunctionHostOptions, scriptFile: string) {
    this.#options = options;
    this.#scriptFile = scriptFile;
  }

  /** Processes are started when they are needed. */
  static async start(options: FunctionHostOptions): Promise<FunctionHost> {
    const source = fileURLToPath(new URL('./child/main.ts', import.meta.url));
    const scriptFile = join(options.workFolder, 'function-process.mjs');
    await bundleScript(source, scriptFile);
    return new FunctionHost(options, scriptFile);
  }

  /** Gives an event, as JSON, to the function. Never rejects. */
  async invoke(event: string): Promise<HostedInvocation> {
    const requestId = randomUUID();
    const { onInvocation } = this.#options;
    let startMs = Number.NaN;
    let metrics: readonly object[] = [];
    const result = await this.#run(async (process) => {
      const ended = await process.invoke(requestId, event, () => {
        startMs = performance.now();
        this.#running.add(process);
        onInvocation?.({ type: 'started', requestId });
      });
      metrics = process.metrics;
      return ended;
    });
    const durationMs = Number.isNaN(startMs) ? 0 : performance.now() - startMs;
    onInvocation?.({ type: 'ended', requestId, result: result.type, durationMs });
    return { ...result, requestId, metrics };
  }

  /** Sends SIGKILL to the process whose function has started last and is running; false if there is none. */
  killInFlight(which: KilledProcess = 'any'): boolean {
    const [oldest] = which === 'younger' ? this.#processes : [];
    this.#spared = oldest;
    const last = [...this.#running].findLast((process) => process.alive && process !== oldest);
    if (last !== undefined) this.#spared = undefined;
    last?.kill();
    return last !== undefined;
  }

  /** Ends all processes, also those whose function is running. Resolves when they are gone; may be called again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const resolve of this.#waiting) resolve(undefined);
    this.#waiting = [];
    for (const process of this.#processes) process.kill();
    await Promise.all(this.#closing);
  }

  async #run(use: (process: FunctionProcess) => Promise<InvocationResult>): Promise<InvocationResult> {
    const process = await this.#acquire();
    if (process === undefined) return { type: 'not_invoked', message: 'the function host was stopped' };
    const result = await use(process);
    this.#running.delete(process);
    this.#release(process);
    return result;
  }

  async #acquire(): Promise<FunctionProcess | undefined> {
    if (this.#stopped) return undefined;
    const spared = this.#idle.findIndex((process) => process === this.#spared);
    if (spared >= 0) this.#idle.unshift(...this.#idle.splice(spared, 1));
    const { processesMax } = this.#options;
    if (spared >= 0 && this.#idle.length === 1 && this.#processes.size < processesMax)
      return this.#newProcess();
    for (let process = this.#idle.pop(); process !== undefined; process = this.#idle.pop()) {
      if (process.alive) return process;
      // A process can end while it is idle.
      this.#processes.delete(process);
    }
    if (this.#processes.size < this.#options.processesMax) return this.#newProcess();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #release(process: FunctionProcess): void {
    if (!process.alive) this.#processes.delete(process);
    const next = this.#stopped ? undefined : this.#waiting.shift();
    if (next !== undefined) next(process.alive ? process : this.#newProcess());
    else if (process.alive) this.#idle.push(process);
  }

  #newProcess(): FunctionProcess {
    const { clock = SYSTEM_CLOCK, settings, onLog, onMetrics } = this.#options;
    const process = new FunctionProcess(this.#scriptFile, settings, { onLog, onMetrics }, clock);
    this.#processes.add(process);
    const closing = process.closed.finally(() => {
      this.#processes.delete(process);
      this.#closing.delete(closing);
    });
    this.#closing.add(closing);
    return process;
  }
}
