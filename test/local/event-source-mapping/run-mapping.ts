import { type CheckpointStore, memoryCheckpoints } from '#local/event-source-mapping/checkpoint-store.ts';
import { EventSourceMapping } from '#local/event-source-mapping/event-source-mapping.ts';
import type { FailedBatchMessage } from '#local/event-source-mapping/failed-batch-message.ts';
import type { StreamRecord } from '#local/event-source-mapping/ports.ts';
import { type RunScenario, readShard, SETTINGS, START_MS } from './scenario.ts';
import { VirtualClock } from './virtual-clock.ts';

const SHARD_ID = 'shardId-000000000000';

/** Drives the mapping of the embedded runtime: its shell around the state machine, on a virtual clock. */
export const runMapping: RunScenario = async (scenario) => {
  const clock = new VirtualClock(START_MS);
  const memory = memoryCheckpoints();
  let allDone = () => {};
  const finished = new Promise<void>((resolve) => {
    allDone = resolve;
  });
  const checkpoints: CheckpointStore = {
    ...memory,
    set: (shardId, checkpoint) => {
      memory.set(shardId, checkpoint);
      if (checkpoint.finished) allDone();
    },
  };
  if (scenario.checkpoint !== undefined) {
    checkpoints.set(SHARD_ID, { sequenceNumber: scenario.checkpoint, finished: false });
  }
  const invocations: { atMs: number; records: string[] }[] = [];
  const messages: FailedBatchMessage[] = [];
  const mapping = new EventSourceMapping({
    settings: { ...SETTINGS, ...scenario.settings },
    stream: {
      listShards: () => Promise.resolve([{ shardId: SHARD_ID, parentShardIds: [], closed: true }]),
      shard: () => ({
        read: async (after, recordsMax) => {
          const read = readShard(scenario.records, after, recordsMax, clock.nowMs());
          const toStreamRecord = (record: (typeof read.records)[number]): StreamRecord => ({
            ...record,
            json: record.sequenceNumber,
          });
          return { ...read, records: read.records.map(toStreamRecord) };
        },
      }),
    },
    invoke: async (eventJson) => {
      const { Records } = JSON.parse(eventJson) as { Records: number[] };
      const records = Records.map(String);
      const { outcome, takesMs = 0 } = scenario.answer(records, invocations.length);
      invocations.push({ atMs: clock.nowMs() - START_MS, records });
      if (takesMs > 0) await clock.sleep(takesMs);
      return { requestId: `request-${invocations.length}`, outcome };
    },
    sendToDestination:
      scenario.destination === 'none'
        ? undefined
        : async (message) => {
            messages.push(JSON.parse(message) as FailedBatchMessage);
            if (scenario.destination === 'fails') throw new Error('no such queue');
          },
    checkpoints,
    streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/test',
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:test',
    log: () => {},
    clock,
  });
  mapping.start();
  await clock.run(finished);
  await clock.run(mapping.stop());
  return {
    invocations,
    discards: messages.map(({ KinesisBatchInfo: batch, requestContext }) => ({
      condition: requestContext.condition,
      first: batch.startSequenceNumber,
      last: batch.endSequenceNumber,
      size: batch.batchSize,
      invocations: requestContext.approximateInvokeCount,
    })),
    checkpoint: checkpoints.get(SHARD_ID)?.sequenceNumber,
    counters: mapping.counters(),
  };
};
