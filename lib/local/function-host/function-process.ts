import { type ChildProcess, fork } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import type { Clock } from '../event-source-mapping/ports.ts';
import type { ChildMessage, InvokeMessage } from './child/messages.ts';
import { functionEnvironment } from './function-environment.ts';
import { FunctionOutput, type OutputSinks } from './function-output.ts';
import type { FunctionSettings, InvocationResult } from './invocation.ts';

/** How long after a process's end its output is waited for. */
const OUTPUT_WAIT_MS = 1000;

/** One process of a function: one invocation at a time, as an execution environment of Lambda. */
export class FunctionProcess {
  /** Resolves when the process is gone and all its output is taken. */
  readonly closed: Promise<void>;
  readonly #child: ChildProcess;
  readonly #output: FunctionOutput;
  readonly #settings: FunctionSettings;
  readonly #clock: Clock;
  #alive = true;
  /** What is waited for: the load of the code, or an answer. */
  #pending: ((ended: ChildMessage | InvocationResult) => void) | undefined;
  #loaded = false;

  /** @param scriptFile the bundled `child/main.ts` */
  constructor(scriptFile: string, settings: FunctionSettings, sinks: OutputSinks, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#output = new FunctionOutput(sinks);
    this.#child = fork(scriptFile, [pathToFileURL(settings.entryFile).href, String(process.pid)], {
      execArgv: [`--max-old-space-size=${settings.memoryMegabytes}`],
      env: functionEnvironment(settings),
      // The event is one string of up to 6 MB: this way it is copied, not escaped.
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    if (this.#child.stdout !== null) this.#output.take(this.#child.stdout);
    if (this.#child.stderr !== null) this.#output.take(this.#child.stderr);
    this.#child.on('message', (message: ChildMessage) => this.#told(message));
    this.#child.on('exit', (code, signal) => {
      const how = signal === null ? `exited with code ${code}` : `ended by ${signal}`;
      this.#gone({ type: 'crashed', message: `the function's process ${how}` });
    });
    this.closed = new Promise((resolve) => {
      this.#child.on('close', resolve);
      // Something that the function started may keep its output open.
      this.#child.on('exit', () => setTimeout(resolve, OUTPUT_WAIT_MS).unref());
      this.#child.on('error', (error) => {
        this.#gone({
          type: 'not_invoked',
          message: `the function's process can't be used: ${error.message}`,
        });
        if (this.#child.pid === undefined) resolve();
      });
    });
  }

  /** False once the process is gone or must not be used again. */
  get alive(): boolean {
    return this.#alive;
  }

  /** What the function has published since its invocation began, in embedded metric format. */
  get metrics(): readonly object[] {
    return this.#output.metrics;
  }

  /** Not to be called again before it has resolved. `onStarted` is called when the function gets the event. */
  async invoke(requestId: string, event: string, onStarted: () => void): Promise<InvocationResult> {
    const { timeoutMs } = this.#settings;
    const failed = await this.#load();
    if (failed !== undefined) return failed;
    if (!this.#alive) return { type: 'not_invoked', message: "the function's process has ended" };
    this.#output.nextInvocation();
    const ended = this.#wait(timeoutMs, `the function ran for more than ${timeoutMs} ms`);
    const message: InvokeMessage = { requestId, event, deadlineMs: this.#clock.nowMs() + timeoutMs };
    // Where sending fails, the process is ending, and its `exit` tells the result.
    this.#child.send(message, () => {});
    onStarted();
    const result = await ended;
    if (result.type === 'ready' || result.type === 'load_failed') {
      this.kill();
      return { type: 'crashed', message: `the function's process told ${result.type} instead of an answer` };
    }
    return result;
  }

  kill(): void {
    this.#alive = false;
    this.#child.kill('SIGKILL');
  }

  async #load(): Promise<InvocationResult | undefined> {
    if (this.#loaded) return undefined;
    const { timeoutMs } = this.#settings;
    const loaded = await this.#wait(timeoutMs, `the function's code took more than ${timeoutMs} ms to load`);
    if (loaded.type === 'ready') {
      this.#loaded = true;
      return undefined;
    }
    this.kill();
    return loaded.type === 'load_failed' ? { ...loaded, type: 'error' } : loaded;
  }

  /** The next thing that the process tells, or its end, or a timeout. */
  #wait(timeoutMs: number, timeoutMessage: string): Promise<ChildMessage | InvocationResult> {
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimer(() => {
        this.kill();
        this.#pending?.({ type: 'timeout', message: timeoutMessage });
      }, timeoutMs);
      this.#pending = (ended) => {
        cancel();
        this.#pending = undefined;
        resolve(ended);
      };
    });
  }

  #told(message: ChildMessage): void {
    const settle = this.#pending;
    this.#pending = undefined;
    // What the function has written is in the pipe by now: it is taken before the answer is told.
    setImmediate(() => setImmediate(() => settle?.(message)));
  }

  #gone(result: InvocationResult): void {
    this.#alive = false;
    this.#output.nextInvocation();
    this.#pending?.(result);
  }
}
