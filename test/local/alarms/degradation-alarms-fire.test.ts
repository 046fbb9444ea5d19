import { describe, expect, it } from 'vitest';
import { loadMetricsOf } from '#app/aggregate/load-metrics-of.ts';
import { repairMetricsOf } from '#app/repair/repair-metrics-of.ts';
import { repairPipeline } from '#app/repair/repair-pipeline.ts';
import { compareSequence } from '#core/protocol/position.ts';
import { EMPTY_REGISTRY, withShard } from '#core/protocol/registry.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { AlarmWatch } from '#local/alarms/alarm-watch.ts';
import { MetricStore } from '#local/alarms/metric-store.ts';
import { type AlarmTemplate, alarmsOfTemplate } from '#local/alarms/template-alarms.ts';
import { order, orderPipeline } from '#test/app/degradation/orders.ts';
import { synthPipeline } from '#test/infra/synth.ts';
import { recordOfEvents, SHARD, ShardWorld } from '#test/support/shard-world.ts';
import { DEGRADATION_FAULTS } from './injected-faults.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LAG_MS = 2 * MINUTE_MS;
const EVENTS = [order(0), order(0, { isTest: true })];

const pipeline = orderPipeline();
const template = synthPipeline(pipeline).toJSON() as AlarmTemplate;
const NAMES = Object.keys(DEGRADATION_FAULTS) as (keyof typeof DEGRADATION_FAULTS)[];
const QUIET = NAMES.map(() => 'OK');
const proven = new Set<string>();

/** The use cases on a table in memory, a batch and a repair a minute; what they would publish, and the alarms over that. */
class LoadRig {
  /** How long events wait in the stream before they are counted. */
  lagMs = 0;
  retentionMs = 24 * HOUR_MS;
  /** The function `aggregate` is not called. */
  standsStill = false;
  /** The function `repair` is not called. */
  isRepairDisabled = false;
  readonly #world = new ShardWorld(pipeline);
  readonly #store = new MetricStore();
  readonly #alarms = alarmsOfTemplate(template, (logicalId) => logicalId);
  readonly #watch = new AlarmWatch(this.#store, this.#alarms);
  readonly #beganMs = this.#world.now;
  #stream: StreamRecord[] = [];
  #minutes = 0;

  constructor() {
    this.#world.table.writeRegistry(withShard(EMPTY_REGISTRY, SHARD));
  }

  states(): string[] {
    return NAMES.map((name) => this.state(name));
  }

  state(name: string): string {
    const alarm = this.#alarms.find(({ description }) => description.endsWith(`runbooks/${name}.md`));
    return this.#watch.state(alarm?.logicalId ?? '');
  }

  async minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute++) {
      if (!this.standsStill) await this.#aggregate();
      if (!this.isRepairDisabled) await this.#repair();
      this.#minutes += 1;
      this.#world.now = this.#beganMs + this.#minutes * MINUTE_MS;
      this.#watch.evaluate(this.#minutes * MINUTE_MS);
    }
  }

  async #aggregate(): Promise<void> {
    const record = recordOfEvents(this.#minutes + 1, EVENTS, this.#world.now - this.lagMs);
    this.#stream.push(record);
    const report = await this.#world.run([record]);
    if (report.unfinished !== undefined) throw new Error(`a batch was not finished: ${report.unfinished}`);
    this.#add(loadMetricsOf(report));
  }

  async #repair(): Promise<void> {
    const kept = this.#stream.filter(({ arrival }) => arrival > this.#world.now - this.retentionMs);
    const deps = {
      ...this.#world.deps(),
      stream: { isDrained: async () => false },
      records: {
        async *recordsFrom(_: unknown, sequence: StreamRecord['sequence']) {
          yield* kept.filter((record) => compareSequence(record.sequence, sequence) >= 0);
        },
      },
    };
    this.#add(repairMetricsOf(await repairPipeline(deps, Number.POSITIVE_INFINITY)));
  }

  #add(values: object): void {
    for (const [name, value] of Object.entries(values)) {
      const metric = { namespace: 'Weir', name, dimensions: { service: pipeline.name } };
      this.#store.add(metric, value, this.#minutes * MINUTE_MS);
    }
  }
}

describe('the alarms on what is left out under load', () => {
  it('level-raised is on after half an hour, and ends with the load', async () => {
    const rig = new LoadRig();
    await rig.minutes(15);
    expect(rig.states()).toEqual(QUIET);
    rig.lagMs = LAG_MS;
    await rig.minutes(29);
    expect(rig.states()).toEqual(QUIET);
    await rig.minutes(1);
    expect(rig.state('level-raised')).toBe('ALARM');
    rig.lagMs = 0;
    await rig.minutes(20);
    expect(rig.states()).toEqual(QUIET);
    proven.add('level-raised');
  });

  it("holes-old is on from half of the stream's retention, and ends when all is added", async () => {
    const rig = new LoadRig();
    await rig.minutes(15);
    rig.lagMs = LAG_MS;
    await rig.minutes(5);
    rig.standsStill = true;
    await rig.minutes(11 * 60 + 45);
    expect(rig.states()).toEqual(QUIET);
    await rig.minutes(30);
    expect(rig.state('holes-old')).toBe('ALARM');
    rig.standsStill = false;
    rig.lagMs = 0;
    await rig.minutes(30);
    expect(rig.states()).toEqual(QUIET);
    proven.add('holes-old');
  });

  it('events-lost is on when events have left the stream before they are added, and ends', async () => {
    const rig = new LoadRig();
    await rig.minutes(15);
    rig.lagMs = LAG_MS;
    await rig.minutes(5);
    rig.standsStill = true;
    rig.retentionMs = HOUR_MS;
    await rig.minutes(70);
    // It is still open: nobody has tried.
    expect(rig.states()).toEqual(QUIET);
    rig.standsStill = false;
    rig.lagMs = 0;
    let minutes = 0;
    for (; minutes < 30 && rig.state('events-lost') !== 'ALARM'; minutes++) await rig.minutes(1);
    expect(rig.state('events-lost')).toBe('ALARM');
    await rig.minutes(10);
    expect(rig.states()).toEqual(QUIET);
    proven.add('events-lost');
  });

  it('repair-stopped is on when there are no runs, and ends with one', async () => {
    const rig = new LoadRig();
    await rig.minutes(15);
    rig.isRepairDisabled = true;
    // Three periods, and the two that CloudWatch looks at beyond them.
    await rig.minutes(24);
    expect(rig.states()).toEqual(QUIET);
    await rig.minutes(1);
    expect(rig.state('repair-stopped')).toBe('ALARM');
    rig.isRepairDisabled = false;
    await rig.minutes(5);
    expect(rig.states()).toEqual(QUIET);
    proven.add('repair-stopped');
  });

  it('none fires for a peak of ten minutes that is repaired after it', async () => {
    const rig = new LoadRig();
    await rig.minutes(15);
    rig.lagMs = LAG_MS;
    await rig.minutes(10);
    rig.lagMs = 0;
    for (let minute = 0; minute < 30; minute++) {
      await rig.minutes(1);
      expect(rig.states()).toEqual(QUIET);
    }
  });

  it('have all been seen', () => {
    const quiet = synthPipeline({ ...pipeline, capacity: null }).toJSON() as AlarmTemplate;
    const descriptions = (from: AlarmTemplate) =>
      alarmsOfTemplate(from, (logicalId) => logicalId).map(({ description }) => description);
    const others = descriptions(quiet);
    const added = descriptions(template).filter((description) => !others.includes(description));
    expect(added.flatMap((description) => /runbooks\/(.*)\.md$/.exec(description)?.[1] ?? []).sort()).toEqual(
      NAMES,
    );
    expect([...proven].sort()).toEqual(NAMES);
  });
});
