import { describe, expect, it } from 'vitest';
import { DependencyError } from '#app/ports/dependency-error.ts';
import { metricsOf } from '#app/scale/metrics-of.ts';
import { scalingAlarms } from '#contracts/alarms/scaling.ts';
import type { MetricDefinition } from '#contracts/metrics.ts';
import { SCALE_METRICS } from '#contracts/scale-metrics.ts';
import { AlarmWatch } from '#local/alarms/alarm-watch.ts';
import { MetricStore } from '#local/alarms/metric-store.ts';
import { type AlarmTemplate, alarmsOfTemplate } from '#local/alarms/template-alarms.ts';
import { ModelControl } from '#test/app/scale/model-control.ts';
import { type KeyLoad, MINUTE, positionOf, SETTINGS } from '#test/core/scale/stream-model.ts';
import { synthTemplate } from '#test/infra/synth.ts';
import { SCALING_FAULTS } from './injected-faults.ts';

const FULL = 60_000;
const template = (
  await synthTemplate({ scale: { shardsMax: 4 }, stream: { shards: 2 } })
).toJSON() as AlarmTemplate;
const NAMES = Object.keys(SCALING_FAULTS);
const proven = new Set<string>();

const quiet: KeyLoad[] = Array.from({ length: 200 }, (_, i) => ({
  position: positionOf(`key ${i}`),
  records: FULL / 200,
}));

/** The use case on a stand-in for Kinesis, run and metered minute by minute; and the alarms of the template over that. */
class ScalingRig {
  readonly control = new ModelControl({ ...SETTINGS, shardsMin: 2, shardsMax: 4 }, 2);
  isScheduled = true;
  readonly #store = new MetricStore();
  readonly #alarms = alarmsOfTemplate(template, (logicalId) => logicalId);
  readonly #watch = new AlarmWatch(this.#store, this.#alarms);
  #nowMs = 0;

  state(name: string): string {
    const alarm = this.#alarms.find(({ description }) => description.endsWith(`runbooks/${name}.md`));
    return this.#watch.state(alarm?.logicalId ?? '');
  }

  async minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute++) {
      await this.#minute();
      this.#nowMs += MINUTE;
      this.#watch.evaluate(this.#nowMs);
    }
  }

  async #minute(): Promise<void> {
    if (!this.isScheduled) {
      this.control.nowMs += MINUTE;
      return;
    }
    // A run that throws publishes nothing.
    const report = await this.control.minute().catch((error: unknown) => {
      if (!(error instanceof DependencyError)) throw error;
    });
    if (report === undefined) return;
    for (const [name, value] of Object.entries(metricsOf(report))) {
      const { sparse }: MetricDefinition = SCALE_METRICS[name as keyof typeof SCALE_METRICS];
      if (value === 0 && sparse) continue;
      const dimensions = { service: 'flights' };
      this.#store.add({ namespace: 'Weir', name, dimensions }, value, this.#nowMs);
    }
  }
}

type Fault = [name: keyof typeof SCALING_FAULTS, minutes: number, begin: (rig: ScalingRig) => void];

describe('the alarms on scaling', () => {
  it.each<Fault>([
    ['scaling-failed', 30, (rig) => void (rig.control.isTableDown = true)],
    ['scaling-failed', 30, (rig) => void (rig.isScheduled = false)],
    [
      'scaling-failed',
      34,
      (rig) => {
        rig.control.load = quiet.map((key) => ({ ...key, records: 1.9 * key.records }));
        rig.control.refusal = new DependencyError('stream', 'refused', 'SplitShard: AccessDeniedException');
      },
    ],
    [
      'shards-at-maximum',
      // Two rounds of splits before there may be no more.
      12,
      (rig) => void (rig.control.load = quiet.map((key) => ({ ...key, records: 5 * key.records }))),
    ],
    [
      'hot-partition-key',
      16,
      (rig) => void (rig.control.load = [...quiet, { position: positionOf('the one'), records: FULL }]),
    ],
  ])('%s fires within %s minutes, not at once, and ends', async (name, within, begin) => {
    const rig = new ScalingRig();
    rig.control.load = quiet.map((key) => ({ ...key, records: 0.5 * key.records }));
    await rig.minutes(15);
    expect(NAMES.map((each) => rig.state(each))).toEqual(['OK', 'OK', 'OK']);
    begin(rig);
    await rig.minutes(4);
    expect(rig.state(name)).toBe('OK');
    await rig.minutes(within - 4);
    expect(rig.state(name)).toBe('ALARM');
    rig.isScheduled = true;
    rig.control.isTableDown = false;
    rig.control.refusal = undefined;
    rig.control.load = [];
    await rig.minutes(20);
    expect(NAMES.map((each) => rig.state(each))).toEqual(['OK', 'OK', 'OK']);
    proven.add(name);
  });

  it('have all been seen', () => {
    expect([...proven].sort()).toEqual(
      scalingAlarms()
        .map(({ name }) => name)
        .sort(),
    );
    expect([...NAMES].sort()).toEqual([...proven].sort());
  });
});
