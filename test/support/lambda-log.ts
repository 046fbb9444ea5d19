/** What CloudWatch Logs adds to each line when it counts what came in. */
const BYTES_BESIDE = 26;
const REQUEST_ID = '8f507cfc-example-4697-b07a-ac58fc914c95';
const TIME = '2026-11-28T10:15:30.123Z';

/**
 * The bytes of a function's log as Lambda writes and CloudWatch counts it, with the format JSON and system logs from INFO
 * on, as the stack sets them: what the function writes itself, and what Lambda writes around it.
 *
 * Source of the forms: AWS Lambda Developer Guide, "Working with Lambda function logs".
 */
export class LambdaLogMeter {
  #bytes = 0;
  #lines = 0;
  #invocations = 0;

  /** A line that the function writes to its standard output by itself: as it is. */
  raw(line: string): void {
    this.#bytes += Buffer.byteLength(line) + BYTES_BESIDE;
  }

  /** A line of `console`: Lambda wraps it. */
  console(line: string): void {
    this.#lines += 1;
    this.raw(JSON.stringify({ timestamp: TIME, level: 'WARN', requestId: REQUEST_ID, message: line }));
  }

  /** An invocation has ended; where its environment is new, Lambda tells of that too. */
  invocation(isCold: boolean): void {
    this.#invocations += 1;
    const metrics = {
      durationMs: 1234.567,
      billedDurationMs: 1235,
      memorySizeMB: 1769,
      maxMemoryUsedMB: 234,
    };
    if (isCold) {
      const record = {
        initializationType: 'on-demand',
        phase: 'init',
        runtimeVersion: 'nodejs:24.v12',
        runtimeVersionArn: `arn:aws:lambda:us-east-1::runtime:${'0'.repeat(64)}`,
        functionName: 'weir-flights-aggregate',
        functionVersion: '$LATEST',
      };
      this.raw(JSON.stringify({ time: TIME, type: 'platform.initStart', record }));
    }
    const started = { requestId: REQUEST_ID, version: '$LATEST' };
    this.raw(JSON.stringify({ time: TIME, type: 'platform.start', record: started }));
    const reported = {
      requestId: REQUEST_ID,
      metrics: isCold ? { ...metrics, initDurationMs: 345.67 } : metrics,
      tracing: {
        spanId: '0123456789abcdef',
        type: 'X-Amzn-Trace-Id',
        value:
          'Root=1-65a8a123-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0;Lineage=1:01234567:0',
      },
      status: 'success',
    };
    this.raw(JSON.stringify({ time: TIME, type: 'platform.report', record: reported }));
  }

  /** Since the last call of this. */
  take(): { readonly invocations: number; readonly bytesEach: number; readonly consoleLines: number } {
    const taken = {
      invocations: this.#invocations,
      bytesEach: this.#bytes / this.#invocations,
      consoleLines: this.#lines,
    };
    this.#bytes = 0;
    this.#lines = 0;
    this.#invocations = 0;
    return taken;
  }
}
