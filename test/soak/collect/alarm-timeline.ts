import { AlarmWatch } from '#local/alarms/alarm-watch.ts';
import type { AlarmState } from '#local/alarms/evaluate-alarm.ts';
import type { MetricStore } from '#local/alarms/metric-store.ts';
import {
  type AlarmTemplate,
  alarmsOfTemplate,
  compositesOfTemplate,
  type ResolveName,
} from '#local/alarms/template-alarms.ts';

/** An alarm that changed its state, at a minute of the run. */
export interface AlarmTurn {
  readonly alarm: string;
  readonly minute: number;
  readonly state: AlarmState;
}

/** All alarms of a template by the names of their runbooks, looked at every minute. */
export class AlarmTimeline {
  readonly names: readonly string[];
  readonly turns: AlarmTurn[] = [];
  readonly #watch: AlarmWatch;
  readonly #nameOf: (description: string) => string;

  constructor(store: MetricStore, template: AlarmTemplate, resolve: ResolveName) {
    const alarms = alarmsOfTemplate(template, resolve);
    const composites = compositesOfTemplate(template);
    this.#nameOf = (description) => /runbooks\/(.*)\.md$/.exec(description)?.[1] ?? description;
    this.names = [...alarms, ...composites].map(({ description }) => this.#nameOf(description));
    this.#watch = new AlarmWatch(store, alarms, composites);
  }

  evaluate(nowMs: number, minute: number): void {
    for (const { description, state } of this.#watch.evaluate(nowMs)) {
      this.turns.push({ alarm: this.#nameOf(description), minute, state });
    }
  }
}

/** A stretch of time in which an alarm was on; `end` is `undefined` while it is. */
export interface Firing {
  readonly alarm: string;
  readonly start: number;
  readonly end: number | undefined;
}

export function firingsOf(turns: readonly AlarmTurn[]): Firing[] {
  const on = new Map<string, number>();
  const firings: Firing[] = [];
  for (const { alarm, minute, state } of turns) {
    const start = on.get(alarm);
    if (state === 'ALARM') {
      on.set(alarm, start ?? minute);
    } else if (start !== undefined) {
      firings.push({ alarm, start, end: minute });
      on.delete(alarm);
    }
  }
  for (const [alarm, start] of on) firings.push({ alarm, start, end: undefined });
  return firings.sort((a, b) => a.start - b.start);
}
