import { describe, expect, it } from 'vitest';
import { DependencyError } from '#app/ports/dependency-error.ts';
import { queryAlarms } from '#contracts/alarms/query.ts';
import { AlarmWatch } from '#local/alarms/alarm-watch.ts';
import { MetricStore } from '#local/alarms/metric-store.ts';
import { type AlarmTemplate, alarmsOfTemplate } from '#local/alarms/template-alarms.ts';
import { ShopApi } from '#test/app/query-api/shop.ts';
import { synthTemplate } from '#test/infra/synth.ts';
import { QUERY_FAULTS } from './injected-faults.ts';

const MINUTE_MS = 60_000;
const PATH = '/aggregates/by_shop/series';
const UNREADABLE = new DependencyError('table', 'unavailable', 'Query: ECONNREFUSED');

const template = (await synthTemplate({ queryApi: true })).toJSON() as AlarmTemplate;
const NAMES = Object.keys(QUERY_FAULTS);
const proven = new Set<string>();

type Fault = 'none' | 'unreadable' | 'crashes' | 'one slow' | 'two slow' | 'no concurrency';

/** The use case behind a stand-in for API Gateway and Lambda, metered as they are; and the alarms over that. */
class GatewayRig {
  fault: Fault = 'none';
  readonly alarms = alarmsOfTemplate(template, (logicalId) => logicalId).filter(({ description }) =>
    NAMES.includes(nameOf(description)),
  );
  readonly #store = new MetricStore();
  readonly #watch = new AlarmWatch(this.#store, this.alarms);
  readonly #api = new ShopApi([{ hour: 0, shop: 'a', sales: 1, euros: 1, dearest: 1 }]);
  #nowMs = 0;

  state(name: string): string {
    return this.#watch.state(
      this.alarms.find(({ description }) => nameOf(description) === name)?.logicalId ?? '',
    );
  }

  states(): string[] {
    return NAMES.map((name) => this.state(name));
  }

  /** A minute with so many requests; the alarms look at it then. */
  async minute(requests = 100): Promise<void> {
    const slow = { 'one slow': 1, 'two slow': 2 }[this.fault as string] ?? 0;
    for (let request = 0; request < requests; request++) await this.#request(request < slow ? 6000 : 40);
    this.#nowMs += MINUTE_MS;
    this.#watch.evaluate(this.#nowMs);
  }

  async minutes(count: number, requests?: number): Promise<void> {
    for (let minute = 0; minute < count; minute++) await this.minute(requests);
  }

  async #request(tableMs: number): Promise<void> {
    // What Lambda does not run is a 5XX, and so is what it could not end.
    const refused = this.fault === 'no concurrency';
    const status = refused ? 500 : await this.#status();
    this.#add('Throttles', refused ? 1 : 0);
    this.#add('4XXError', status >= 400 && status < 500 ? 1 : 0);
    this.#add('5XXError', status >= 500 ? 1 : 0);
    this.#add('Latency', tableMs);
  }

  async #status(): Promise<number> {
    this.#api.failure = { unreadable: UNREADABLE, crashes: new Error('a bug') }[this.fault as string];
    return this.#api.get(PATH).then(
      ({ status }) => status,
      () => 502,
    );
  }

  /** A question that is none. */
  async wrong(): Promise<void> {
    const { status } = await this.#api.get(`${PATH}?limit=0`);
    this.#add('4XXError', status >= 400 && status < 500 ? 1 : 0);
    this.#add('5XXError', status >= 500 ? 1 : 0);
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

describe('behind a stand-in for API Gateway', () => {
  it.each<[keyof typeof QUERY_FAULTS, Fault, number]>([
    ['query-errors', 'unreadable', 3],
    ['query-errors', 'crashes', 3],
    ['query-errors', 'no concurrency', 3],
    ['query-latency', 'two slow', 5],
    ['query-throttled', 'no concurrency', 3],
  ])('%s fires when it is %s, after %s minutes, and ends', async (name, fault, datapoints) => {
    const rig = new GatewayRig();
    await rig.minutes(6);
    expect(rig.states()).toEqual(['OK', 'OK', 'OK']);
    rig.fault = fault;
    await rig.minutes(datapoints - 1);
    expect(rig.state(name)).toBe('OK');
    await rig.minute();
    expect(rig.state(name)).toBe('ALARM');
    rig.fault = 'none';
    await rig.minutes(5);
    expect(rig.state(name)).toBe('OK');
    proven.add(name);
  });

  it('none fires for one slow answer in a hundred, or for questions that are none', async () => {
    const rig = new GatewayRig();
    rig.fault = 'one slow';
    for (let minute = 0; minute < 8; minute++) {
      await rig.wrong();
      await rig.minute();
    }
    expect(rig.states()).toEqual(['OK', 'OK', 'OK']);
  });

  it('none fires while clients ask nothing', async () => {
    const rig = new GatewayRig();
    await rig.minutes(8, 0);
    expect(rig.states()).toEqual(['OK', 'OK', 'OK']);
  });

  it('all of the query API have been seen', () => {
    expect([...proven].sort()).toEqual(queryAlarms().map(({ name }) => name));
    expect(NAMES).toEqual([...proven].sort());
  });
});
