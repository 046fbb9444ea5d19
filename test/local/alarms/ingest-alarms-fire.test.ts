import { describe, expect, it } from 'vitest';
import type { PutResult } from '#app/ports/record-sink.ts';
import { ingestAlarms } from '#contracts/alarms/ingest.ts';
import { AlarmWatch } from '#local/alarms/alarm-watch.ts';
import { MetricStore } from '#local/alarms/metric-store.ts';
import { type AlarmTemplate, alarmsOfTemplate } from '#local/alarms/template-alarms.ts';
import { IngestRig, postEvents, VALID } from '#test/app/ingest/fixture.ts';
import { OK, ScriptedSink } from '#test/app/produce/fakes.ts';
import { synthTemplate } from '#test/infra/synth.ts';
import { INGEST_FAULTS } from './injected-faults.ts';

const MINUTE_MS = 60_000;
const UNREACHABLE: PutResult = { ok: false, code: 'ECONNREFUSED', message: 'No.', retryable: true };

const template = (await synthTemplate({ ingestApi: true })).toJSON() as AlarmTemplate;
const NAMES = Object.keys(INGEST_FAULTS);
const proven = new Set<string>();

type Fault = 'none' | 'unreachable' | 'crashes' | 'slow' | 'no concurrency';

/** The use case behind a stand-in for API Gateway and Lambda, metered as they are; and the alarms over that. */
class GatewayRig {
  fault: Fault = 'none';
  readonly alarms = alarmsOfTemplate(template, (logicalId) => logicalId).filter(({ description }) =>
    NAMES.includes(nameOf(description)),
  );
  readonly #store = new MetricStore();
  readonly #watch = new AlarmWatch(this.#store, this.alarms);
  #nowMs = 0;
  readonly #ingest = new IngestRig(
    new ScriptedSink(async (records) => {
      if (this.fault === 'crashes') throw new Error('a bug');
      if (this.fault === 'slow') await this.#ingest.clock.sleep(7000);
      return records.map(() => (this.fault === 'unreachable' ? UNREACHABLE : OK));
    }),
  );

  state(name: string): string {
    return this.#watch.state(
      this.alarms.find(({ description }) => nameOf(description) === name)?.logicalId ?? '',
    );
  }

  /** A minute with a request or none; the alarms look at it then. */
  async minute(request = true): Promise<void> {
    if (request) await this.#request();
    this.#nowMs += MINUTE_MS;
    this.#watch.evaluate(this.#nowMs);
  }

  async #request(): Promise<void> {
    const { clock } = this.#ingest;
    const begunMs = clock.nowMs();
    // What Lambda does not run is a 5XX, and so is what it could not end.
    const refused = this.fault === 'no concurrency';
    const status = refused ? 500 : (await this.#ingest.send(postEvents([VALID]))).status;
    this.#add('Throttles', refused ? 1 : 0);
    this.#add('Count', 1);
    this.#add('4XXError', status >= 400 && status < 500 ? 1 : 0);
    this.#add('5XXError', status >= 500 ? 1 : 0);
    this.#add('Latency', clock.nowMs() - begunMs);
  }

  /** With the dimensions of whichever alarm looks at it: that these exist, test/infra/alarms.test.ts checks. */
  #add(name: string, value: number): void {
    for (const { signal } of this.alarms) {
      if (signal.type === 'metric' && signal.metric.name === name)
        this.#store.add(signal.metric, value, this.#nowMs);
    }
  }
}

function nameOf(description: string): string {
  return /runbooks\/(.*)\.md$/.exec(description)?.[1] ?? description;
}

async function minutes(rig: GatewayRig, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) await rig.minute();
}

describe('behind a stand-in for API Gateway', () => {
  it.each<[keyof typeof INGEST_FAULTS, Fault, number]>([
    ['ingest-errors', 'unreachable', 3],
    ['ingest-errors', 'crashes', 3],
    ['ingest-errors', 'no concurrency', 3],
    ['ingest-latency', 'slow', 5],
    ['ingest-throttled', 'no concurrency', 3],
  ])('%s fires when it is %s, after %s minutes, and ends', async (name, fault, datapoints) => {
    const rig = new GatewayRig();
    await minutes(rig, 6);
    expect(NAMES.map((each) => rig.state(each))).toEqual(['OK', 'OK', 'OK']);
    rig.fault = fault;
    await minutes(rig, datapoints - 1);
    expect(rig.state(name)).toBe('OK');
    await rig.minute();
    expect(rig.state(name)).toBe('ALARM');
    rig.fault = 'none';
    await minutes(rig, 5);
    expect(rig.state(name)).toBe('OK');
    proven.add(name);
  });

  it('none fires while clients send nothing', async () => {
    const rig = new GatewayRig();
    for (let minute = 0; minute < 8; minute++) await rig.minute(false);
    expect(NAMES.map((name) => rig.state(name))).toEqual(['OK', 'OK', 'OK']);
  });

  it('all of the ingest API have been seen', () => {
    expect([...proven].sort()).toEqual(ingestAlarms().map(({ name }) => name));
    expect(NAMES).toEqual([...proven].sort());
  });
});
