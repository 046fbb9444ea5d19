import type { Readable } from 'node:stream';
import { OutputLines } from './output-lines.ts';

/** Where a function's output goes. */
export interface OutputSinks {
  /** An object in CloudWatch's embedded metric format. */
  readonly onMetrics: (blob: object) => void;
  readonly onLog: (line: string) => void;
}

/** Log lines of one invocation that are passed on; metrics are all passed on. */
const LOG_LINES_MAX = 1000;
/** A function publishes once an invocation. */
const METRICS_KEPT_MAX = 100;

/** Sorts what a function's process writes into metrics and log lines, and bounds the latter. */
export class FunctionOutput {
  readonly #sinks: OutputSinks;
  #lines = 0;
  #metrics: object[] = [];

  constructor(sinks: OutputSinks) {
    this.#sinks = sinks;
  }

  /** What has been published since the invocation began; the first ones, where there are very many. */
  get metrics(): readonly object[] {
    return this.#metrics;
  }

  /** Takes all that comes from one of the process's streams. */
  take(stream: Readable): void {
    const lines = new OutputLines((line) => this.#line(line));
    stream.on('data', (chunk: Buffer) => lines.push(chunk));
    stream.on('end', () => lines.end());
    // The stream of a killed process may fail to end in an orderly way; there is nothing more to be had from it.
    stream.on('error', () => lines.end());
  }

  /** Another invocation begins, or the process is gone. */
  nextInvocation(): void {
    if (this.#lines > LOG_LINES_MAX) {
      this.#sinks.onLog(`${this.#lines - LOG_LINES_MAX} further lines of this invocation left out`);
    }
    this.#lines = 0;
    this.#metrics = [];
  }

  #line(line: string): void {
    const metrics = parseMetrics(line);
    if (metrics !== undefined) {
      this.#sinks.onMetrics(metrics);
      if (this.#metrics.length < METRICS_KEPT_MAX) this.#metrics.push(metrics);
      return;
    }
    this.#lines += 1;
    if (this.#lines <= LOG_LINES_MAX) this.#sinks.onLog(line);
  }
}

function parseMetrics(line: string): object | undefined {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return undefined;
  try {
    const parsed = JSON.parse(line) as { _aws?: unknown };
    return typeof parsed._aws === 'object' && parsed._aws !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
