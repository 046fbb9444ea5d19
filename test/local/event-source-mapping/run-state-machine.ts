import { ShardPollerState } from '#local/event-source-mapping/shard-poller-state.ts';
import { type RunScenario, readShard, SETTINGS, START_MS } from './scenario.ts';

const STEPS_MAX = 100_000;

/** Drives the state machine itself, as a simulator would. */
export const runStateMachine: RunScenario = async (scenario) => {
  const state = new ShardPollerState({ ...SETTINGS, ...scenario.settings }, scenario.checkpoint);
  const invocations: { atMs: number; records: string[] }[] = [];
  const discards = [];
  const timers: { atMs: number; done: () => void }[] = [];
  let checkpoint: string | undefined;
  let nowMs = START_MS;

  for (let step = 0; step < STEPS_MAX; step++) {
    const action = state.next(nowMs);
    switch (action.type) {
      case 'read':
        state.recordsRead(readShard(scenario.records, action.after, action.recordsMax, nowMs), nowMs);
        break;
      case 'invoke': {
        const records = action.records.map((record) => record.sequenceNumber);
        const { outcome, takesMs = 0 } = scenario.answer(records, invocations.length);
        invocations.push({ atMs: nowMs - START_MS, records });
        timers.push({ atMs: nowMs + takesMs, done: () => state.invocationEnded(outcome, nowMs) });
        break;
      }
      case 'discard': {
        const { condition, invocations: count, records } = action;
        const first = records[0]?.sequenceNumber ?? '';
        const last = records.at(-1)?.sequenceNumber ?? '';
        if (scenario.destination !== 'none') {
          discards.push({ condition, first, last, size: records.length, invocations: count });
        }
        const outcomes = { delivers: 'delivered', fails: 'not_delivered', none: 'no_destination' } as const;
        state.discardEnded(outcomes[scenario.destination ?? 'delivers']);
        break;
      }
      case 'checkpoint':
        checkpoint = action.sequenceNumber;
        break;
      case 'wait': {
        timers.sort((a, b) => a.atMs - b.atMs);
        const untilMs = Math.min(
          action.untilMs ?? Number.POSITIVE_INFINITY,
          timers[0]?.atMs ?? Number.POSITIVE_INFINITY,
        );
        if (untilMs === Number.POSITIVE_INFINITY) throw new Error('waits for nothing');
        nowMs = Math.max(nowMs, untilMs);
        while (timers[0] !== undefined && timers[0].atMs <= nowMs) timers.shift()?.done();
        break;
      }
      case 'finished':
        return { invocations, discards, checkpoint, counters: state.counters };
    }
  }
  throw new Error(`not finished after ${STEPS_MAX} steps`);
};
