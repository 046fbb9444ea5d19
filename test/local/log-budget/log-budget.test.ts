import { fileURLToPath } from 'node:url';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { afterEach, describe, expect, it } from 'vitest';
import { type EmulatorClients, emulatorClients } from '#local/emulator-clients.ts';
import type { Emulator } from '#local/emulators/emulator.ts';
import { serviceError, startFront } from '#local/limits/forwarding-server.ts';
import type { Runtime } from '#local/runtime.ts';
import { startRuntime } from '#local/start-runtime.ts';
import { LambdaLogMeter } from '#test/support/lambda-log.ts';

/** What an invocation may write to the log on average, everything included. */
const BYTES_MAX = 3000;
const INVOCATIONS = 12;

const FLIGHTS = fileURLToPath(new URL('../../../pipelines/flights.ts', import.meta.url));
const CITIES = fileURLToPath(new URL('./cities.ts', import.meta.url));
const VALID = { date: '2001-01-01T00:47:00Z', delay: 66, distance: 1750, origin: 'DTW', destination: 'LAS' };

/** The real bundle of the function on the embedded runtime, with all that it writes to its log metered. */
class LogRig {
  readonly meter = new LambdaLogMeter();
  isTableDown = false;
  #runtime: Runtime | undefined;
  #clients: EmulatorClients | undefined;
  #front: Emulator | undefined;
  #isCold = true;
  #ended = 0;

  async start(pipelineName: string, pipelineFile: string): Promise<void> {
    this.#runtime = await startRuntime({
      pipelineFile,
      pipelineName,
      processesMax: 1,
      eventSource: { maxBatchingWindowSeconds: 0 },
      timing: { retryDelayBaseMs: 20, retryDelayMsMax: 100 },
      onMetrics: (blob) => this.meter.raw(JSON.stringify(blob)),
      onLog: (line) => this.meter.console(line),
      between: {
        endpoints: async (endpoints) => {
          this.#front = await startFront(endpoints.dynamodb, async (request, forward) =>
            this.isTableDown ? serviceError(500, 'InternalServerError', 'Down.') : forward(request),
          );
          return { ...endpoints, dynamodb: this.#front.endpoint };
        },
      },
    });
    this.#runtime.onInvocation(({ type }) => {
      if (type !== 'ended') return;
      this.meter.invocation(this.#isCold);
      this.#isCold = false;
      this.#ended += 1;
    });
    const at = (service: string) => this.#runtime?.environment[`AWS_ENDPOINT_URL_${service}`] ?? '';
    this.#clients = emulatorClients({
      ...{ kinesis: at('KINESIS'), dynamodb: at('DYNAMODB'), sqs: at('SQS'), s3: at('S3') },
    });
  }

  /** Has the function invoked so often, each time with so many of these events. */
  async invoke(invocations: number, event: object, events: number): Promise<void> {
    const from = this.#ended;
    const data = Buffer.from(Array.from({ length: events }, () => JSON.stringify(event)).join('\n'));
    const StreamName = this.#runtime?.environment['WEIR_STREAM'];
    while (this.#ended < from + invocations) {
      const Records = [{ Data: data, PartitionKey: 'p' }];
      await this.#clients?.kinesis.send(new PutRecordsCommand({ StreamName, Records }));
      if (this.isTableDown) await new Promise((resolve) => setTimeout(resolve, 50));
      else await this.#runtime?.drained();
    }
  }

  async stop(): Promise<void> {
    this.isTableDown = false;
    await this.#runtime?.stop();
    this.#clients?.destroy();
    await this.#front?.stop();
  }
}

const rig = new LogRig();
afterEach(() => rig.stop());

/** What was just done came to, printed too. */
function spent(when: string): { readonly isWithin: boolean; readonly linesEach: number } {
  const { bytesEach, consoleLines, invocations } = rig.meter.take();
  console.log(
    `${when}: ${Math.round(bytesEach)} bytes an invocation, ${consoleLines} lines in ${invocations}`,
  );
  const isWithin = invocations >= INVOCATIONS && bytesEach < BYTES_MAX;
  return { isWithin, linesEach: consoleLines / invocations };
}

/** A line of metrics that is none would show as another line. */
const keepsToBudget = ({ isWithin, linesEach }: ReturnType<typeof spent>) => isWithin && linesEach <= 1;

describe('the log of the function', () => {
  it('keeps to its budget in quiet, and in storms of invalid events and of a table that is down', async () => {
    await rig.start('flights', FLIGHTS);
    await rig.invoke(INVOCATIONS, VALID, 1);
    expect(spent('quiet, one cold start')).toSatisfy(keepsToBudget);
    await rig.invoke(INVOCATIONS, { ...VALID, origin: 'DETROIT' }, 300);
    expect(spent('all events invalid')).toSatisfy(keepsToBudget);
    rig.isTableDown = true;
    await rig.invoke(3 * INVOCATIONS, VALID, 1);
    expect(spent('the table down')).toSatisfy(keepsToBudget);
    rig.isTableDown = false;
    await rig.invoke(INVOCATIONS, VALID, 1);
    expect(spent('back again')).toSatisfy(keepsToBudget);
  });

  it('keeps to it while all lookups fail', async () => {
    await rig.start('cities', CITIES);
    await rig.invoke(INVOCATIONS, VALID, 100);
    expect(spent('lookups failing')).toSatisfy(keepsToBudget);
  });
});
