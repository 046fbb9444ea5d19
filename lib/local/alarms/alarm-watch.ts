import { type AlarmState, evaluateAlarm } from './evaluate-alarm.ts';
import type { MetricStore } from './metric-store.ts';
import type { WatchedAlarm, WatchedComposite } from './template-alarms.ts';

/** A change of an alarm's state. */
export interface AlarmChange {
  readonly logicalId: string;
  readonly description: string;
  readonly before: AlarmState;
  readonly state: AlarmState;
}

/** Keeps the state of a template's alarms, as CloudWatch does: each is evaluated once a minute. */
export class AlarmWatch {
  readonly #alarms: readonly WatchedAlarm[];
  readonly #composites: readonly WatchedComposite[];
  readonly #store: MetricStore;
  readonly #states = new Map<string, AlarmState>();

  constructor(
    store: MetricStore,
    alarms: readonly WatchedAlarm[],
    composites: readonly WatchedComposite[] = [],
  ) {
    this.#store = store;
    this.#alarms = alarms;
    this.#composites = composites;
  }

  state(logicalId: string): AlarmState {
    return this.#states.get(logicalId) ?? 'INSUFFICIENT_DATA';
  }

  /** To be called at the end of each minute. */
  evaluate(nowMs: number): AlarmChange[] {
    const changes: AlarmChange[] = [];
    const move = (alarm: WatchedAlarm | WatchedComposite, state: AlarmState) => {
      const before = this.state(alarm.logicalId);
      this.#states.set(alarm.logicalId, state);
      const { description, logicalId } = alarm;
      if (state !== before) changes.push({ logicalId, description, before, state });
    };
    for (const alarm of this.#alarms) {
      move(alarm, evaluateAlarm(alarm, this.#store, this.state(alarm.logicalId), nowMs));
    }
    for (const composite of this.#composites) {
      move(composite, composite.anyOf.some((id) => this.state(id) === 'ALARM') ? 'ALARM' : 'OK');
    }
    return changes;
  }
}
