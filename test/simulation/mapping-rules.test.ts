import { mappingRules } from '../local/event-source-mapping/mapping-rules.ts';
import { type RunScenario, readShard, SETTINGS, START_MS } from '../local/event-source-mapping/scenario.ts';
import { SimulatedPoller } from './simulated-poller.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Drives the simulation's poller: the same state machine, on the simulation's clock. */
const runSimulated: RunScenario = async (scenario) => {
  const clock = new VirtualClock(START_MS);
  const invocations: { atMs: number; records: string[] }[] = [];
  const discards: Awaited<ReturnType<RunScenario>>['discards'][number][] = [];
  let checkpoint: string | undefined;
  let isFinished = false;
  const poller = new SimulatedPoller({
    clock,
    settings: { ...SETTINGS, ...scenario.settings },
    checkpoint: scenario.checkpoint,
    read: (after, recordsMax, done) => done(readShard(scenario.records, after, recordsMax, clock.nowMs)),
    invoke: (polled, done) => {
      const records = polled.map(({ sequenceNumber }) => sequenceNumber);
      const { outcome, takesMs = 0 } = scenario.answer(records, invocations.length);
      invocations.push({ atMs: clock.nowMs - START_MS, records });
      clock.in(takesMs, () => done(outcome));
    },
    discard: ({ condition, invocations: count, records }, done) => {
      const first = records[0]?.sequenceNumber ?? '';
      const last = records.at(-1)?.sequenceNumber ?? '';
      if (scenario.destination !== 'none') {
        discards.push({ condition, first, last, size: records.length, invocations: count });
      }
      const outcomes = { delivers: 'delivered', fails: 'not_delivered', none: 'no_destination' } as const;
      done(outcomes[scenario.destination ?? 'delivers']);
    },
    onCheckpoint: (sequenceNumber) => {
      checkpoint = sequenceNumber;
    },
    onFinished: () => {
      isFinished = true;
    },
  });
  poller.go();
  await clock.run(() => isFinished);
  if (!isFinished) throw new Error('waits for nothing');
  return { invocations, discards, checkpoint, counters: poller.state.counters };
};

mappingRules("the simulation's mapping", runSimulated);
