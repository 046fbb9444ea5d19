import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LAUNCHER = `${ROOT}bin/weir.mjs`;
/** Real data, as they are installed. */
export const DATA = `${ROOT}node_modules/vega-datasets/data/`;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The CLI as a process of its own, as a user runs it. It is gone when the test is. */
export class WeirProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], cwd: string = ROOT, env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [LAUNCHER, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.#ended = once(this.#child, 'close');
    onTestFinished(async () => {
      this.signal('SIGKILL');
      await this.#ended;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
  }

  async finished(): Promise<Finished> {
    await this.#ended;
    return { code: this.#child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  /** Resolves when this text has been written to stderr; rejects when the process ends before. */
  async says(text: string): Promise<void> {
    await this.#until(() => this.stderr.includes(text), text);
  }

  /** Resolves to the first line of stdout. */
  async firstLine(): Promise<string> {
    await this.#until(() => this.stdout.includes('\n'), 'a line');
    return this.stdout.slice(0, this.stdout.indexOf('\n'));
  }

  async #until(isThere: () => boolean, what: string): Promise<void> {
    const ended = this.#ended.then(() => {
      if (isThere()) return undefined;
      throw new Error(`ended without "${what}":\n${this.stderr}`);
    });
    while (!isThere()) await Promise.race([sleep(20), ended]);
  }
}

/** Runs the CLI to its end. */
export function weir(
  args: readonly string[],
  cwd?: string,
  env?: Readonly<Record<string, string>>,
): Promise<Finished> {
  return new WeirProcess(args, cwd, env).finished();
}
