import { describe, expect, it } from 'vitest';
import { lookupMetricsOf } from '#app/aggregate/lookup-metrics-of.ts';
import { Lookups } from '#app/enrich/lookups.ts';
import { AlarmWatch } from '#local/alarms/alarm-watch.ts';
import { MetricStore } from '#local/alarms/metric-store.ts';
import { type AlarmTemplate, alarmsOfTemplate } from '#local/alarms/template-alarms.ts';
import { airportPipeline, DOWN, FakeReferenceData } from '#test/app/enrich/airports.ts';
import { synthPipeline } from '#test/infra/synth.ts';
import { ARRIVAL, recordOfEvents, ShardWorld } from '#test/support/shard-world.ts';
import { LOOKUP_FAULTS } from './injected-faults.ts';

const MINUTE_MS = 60_000;
const EVENTS = 100;
/** Everything that can set an alarm off: entries that age, values for when the table is down, and rejections. */
const pipeline = airportPipeline({
  ttl: '30s',
  staleMax: '1h',
  whenDown: { city: 'unknown' },
  whenMissing: 'reject',
});
const template = synthPipeline(pipeline).toJSON() as AlarmTemplate;
const NAMES = Object.keys(LOOKUP_FAULTS) as (keyof typeof LOOKUP_FAULTS)[];
const proven = new Set<string>();

/** The function's use case on tables in memory, with a batch a minute; what it would publish, and the alarms over that. */
class LookupRig {
  /** How many of a minute's events have a key without an entry. */
  unknown = 0;
  /** How many have a key with an entry that was not read before. */
  newcomers = 0;
  readonly data = new FakeReferenceData();
  readonly #world = new ShardWorld(pipeline);
  readonly #store = new MetricStore();
  readonly #alarms = alarmsOfTemplate(template, (logicalId) => logicalId);
  readonly #watch = new AlarmWatch(this.#store, this.#alarms);
  readonly #beganMs = this.#world.now;
  #minutes = 0;

  constructor() {
    this.#world.newLookups = () => new Lookups(pipeline, this.data, () => this.#world.now);
  }

  states(): string[] {
    return NAMES.map((name) => this.state(name));
  }

  state(name: string): string {
    const alarm = this.#alarms.find(({ description }) => description.endsWith(`runbooks/${name}.md`));
    return this.#watch.state(alarm?.logicalId ?? '');
  }

  async minutes(count: number, events = EVENTS): Promise<void> {
    for (let minute = 0; minute < count; minute++) {
      if (events > 0) await this.#batch(events);
      this.#minutes += 1;
      this.#world.now = this.#beganMs + this.#minutes * MINUTE_MS;
      this.#watch.evaluate(this.#minutes * MINUTE_MS);
    }
  }

  async #batch(events: number): Promise<void> {
    const origins = Array.from({ length: events }, (_, i) => {
      if (i < this.unknown) return 'NEW';
      return i < this.unknown + this.newcomers ? 'TRD' : ['OSL', 'BGO'][i % 2];
    });
    const flights = origins.map((origin) => ({ at: ARRIVAL - MINUTE_MS, origin, delay: 1 }));
    const report = await this.#world.run([recordOfEvents(this.#minutes + 1, flights)]);
    if (report.unfinished !== undefined) throw new Error(`a batch was not finished: ${report.unfinished}`);
    this.#add('EventsReceived', report.ledger.received);
    for (const [name, value] of Object.entries(lookupMetricsOf(pipeline, report))) this.#add(name, value);
  }

  #add(name: string, value: number): void {
    const metric = { namespace: 'Weir', name, dimensions: { service: pipeline.name } };
    this.#store.add(metric, value, this.#minutes * MINUTE_MS);
  }
}

type Fault = [
  name: keyof typeof LOOKUP_FAULTS,
  quiet: number,
  within: number,
  begin: (rig: LookupRig) => void,
];

describe('the alarms on lookups', () => {
  it.each<Fault>([
    ['lookups-stale', 4, 5, (rig) => void (rig.data.failure = DOWN)],
    [
      'lookups-degraded',
      2,
      3,
      (rig) => {
        rig.data.failure = DOWN;
        rig.newcomers = 1;
      },
    ],
    // Two periods of five minutes, whole.
    ['lookups-rejected', 9, 10, (rig) => void (rig.unknown = 2)],
  ])('%s is not on after %s minutes, but after %s, and ends', async (name, quiet, within, begin) => {
    const rig = new LookupRig();
    await rig.minutes(15);
    expect(rig.states()).toEqual(['OK', 'OK', 'OK']);
    begin(rig);
    await rig.minutes(quiet);
    expect(rig.state(name)).toBe('OK');
    await rig.minutes(within - quiet);
    expect(rig.state(name)).toBe('ALARM');
    rig.data.failure = undefined;
    rig.unknown = 0;
    await rig.minutes(15);
    expect(rig.states()).toEqual(['OK', 'OK', 'OK']);
    proven.add(name);
  });

  it('none fires for a table that fails for a minute, or a new key in two hundred events', async () => {
    const rig = new LookupRig();
    await rig.minutes(5);
    rig.data.failure = DOWN;
    rig.newcomers = 1;
    await rig.minutes(1);
    rig.data.failure = undefined;
    rig.unknown = 1;
    await rig.minutes(14, 200);
    expect(rig.states()).toEqual(['OK', 'OK', 'OK']);
  });

  it('none fires where no events come', async () => {
    const rig = new LookupRig();
    rig.data.failure = DOWN;
    await rig.minutes(15, 0);
    expect(rig.states()).toEqual(['OK', 'OK', 'OK']);
  });

  it('have all been seen', () => {
    const all = alarmsOfTemplate(template, (logicalId) => logicalId).flatMap(
      ({ description }) => /runbooks\/(lookups-.*)\.md$/.exec(description)?.[1] ?? [],
    );
    expect([...proven].sort()).toEqual(all.sort());
    expect(NAMES).toEqual([...proven].sort());
  });
});
