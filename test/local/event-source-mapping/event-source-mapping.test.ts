import { beforeEach, describe, expect, test } from 'vitest';
import { type CheckpointStore, memoryCheckpoints } from '#local/event-source-mapping/checkpoint-store.ts';
import { EventSourceMapping } from '#local/event-source-mapping/event-source-mapping.ts';
import { FakeStream } from './fake-stream.ts';
import { SETTINGS, START_MS } from './scenario.ts';
import { VirtualClock } from './virtual-clock.ts';

let clock: VirtualClock;
let checkpoints: CheckpointStore;
/** Ids of all records that the function has done, in this order, as `shard:sequence`. */
let done: string[];
let log: string[];
let invocationMs: number;

beforeEach(() => {
  clock = new VirtualClock(START_MS);
  checkpoints = memoryCheckpoints();
  done = [];
  log = [];
  invocationMs = 10;
});

function startMapping(stream: FakeStream): EventSourceMapping {
  const mapping = new EventSourceMapping({
    settings: SETTINGS,
    stream,
    invoke: async (eventJson) => {
      await clock.sleep(invocationMs);
      done.push(...(JSON.parse(eventJson) as { Records: string[] }).Records);
      return { requestId: 'request', outcome: { type: 'response', response: null } };
    },
    checkpoints,
    streamArn: 'arn:stream',
    functionArn: 'arn:function',
    log: (line) => log.push(line),
    clock,
  });
  mapping.start();
  return mapping;
}

describe('shards', () => {
  test('are processed side by side', async () => {
    const stream = new FakeStream(clock, 'a', 'b');
    for (let index = 0; index < 3; index++) {
      stream.put('a');
      stream.put('b');
    }
    const mapping = startMapping(stream);
    await clock.run(mapping.drained());
    expect(done.toSorted()).toEqual(['a:1', 'a:3', 'a:5', 'b:2', 'b:4', 'b:6']);
    expect(mapping.counters()).toMatchObject({ processedRecords: 6, invocations: 2 });
    await clock.run(mapping.stop());
  });

  test('a split: all of the parent comes before anything of its children', async () => {
    const stream = new FakeStream(clock, 'a');
    const mapping = startMapping(stream);
    await clock.run(clock.sleep(3000));
    invocationMs = 5000;
    for (let index = 0; index < 250; index++) stream.put('a');
    stream.addShard('b', 'a');
    stream.addShard('c', 'a');
    stream.put('b');
    stream.put('c');
    await clock.run(mapping.drained());
    expect(done).toHaveLength(252);
    expect(new Set(done.slice(0, 250).map((id) => id[0]))).toEqual(new Set(['a']));
    expect(checkpoints.get('a')).toMatchObject({ sequenceNumber: '250', finished: true });
    await clock.run(mapping.stop());
  });

  test('a merge: the child waits for both parents', async () => {
    const stream = new FakeStream(clock, 'a', 'b');
    stream.put('a');
    for (let index = 0; index < 150; index++) stream.put('b');
    stream.addShard('c', 'a', 'b');
    stream.put('c');
    const mapping = startMapping(stream);
    await clock.run(mapping.drained());
    expect(done.at(-1)).toBe('c:152');
    await clock.run(mapping.stop());
  });

  test('a shard that was finished by an earlier run is not read again', async () => {
    const stream = new FakeStream(clock, 'a');
    stream.put('a');
    stream.addShard('b', 'a');
    stream.put('b');
    checkpoints.set('a', { sequenceNumber: '1', finished: true });
    const mapping = startMapping(stream);
    await clock.run(mapping.drained());
    expect(done).toEqual(['b:2']);
    await clock.run(mapping.stop());
  });

  test('checkpoints of shards that have left the stream are forgotten', async () => {
    checkpoints.set('gone', { sequenceNumber: '1', finished: true });
    const mapping = startMapping(new FakeStream(clock, 'a'));
    await clock.run(mapping.drained());
    expect(checkpoints.get('gone')).toBeUndefined();
    await clock.run(mapping.stop());
  });
});

describe('failing services', () => {
  test('reads and listings are repeated, and told', async () => {
    const stream = new FakeStream(clock, 'a');
    stream.put('a');
    stream.failingLists = 2;
    stream.failingReads = 3;
    const mapping = startMapping(stream);
    await clock.run(mapping.drained());
    expect(done).toEqual(['a:1']);
    expect(log).toHaveLength(5);
    expect(log[0]).toContain('listing failed');
    expect(log[4]).toContain('reading a failed and is tried again: Error: reading failed');
    await clock.run(mapping.stop());
  });
});

describe('drained', () => {
  test('waits for what was in the stream at the call', async () => {
    const stream = new FakeStream(clock, 'a');
    const mapping = startMapping(stream);
    await clock.run(clock.sleep(1500));
    invocationMs = 3000;
    for (let index = 0; index < 250; index++) stream.put('a');
    await clock.run(mapping.drained());
    expect(done).toHaveLength(250);
    await clock.run(mapping.stop());
  });

  test('does not take a read that had begun before the record was put for one that found nothing', async () => {
    for (let putAfterMs = 0; putAfterMs < 30; putAfterMs++) {
      done = [];
      checkpoints = memoryCheckpoints();
      const stream = new FakeStream(clock, 'a');
      const mapping = startMapping(stream);
      await clock.run(clock.sleep(1000 + putAfterMs));
      stream.put('a');
      await clock.run(mapping.drained());
      expect(done).toEqual(['a:1']);
      await clock.run(mapping.stop());
    }
  });

  test('ends although new records keep coming', async () => {
    const stream = new FakeStream(clock, 'a');
    const mapping = startMapping(stream);
    const producing = new AbortController();
    const produce = async () => {
      while (!producing.signal.aborted) {
        stream.put('a');
        await clock.sleep(3);
      }
    };
    const producer = produce();
    await clock.run(mapping.drained(), 60_000);
    expect(done.length).toBeGreaterThan(0);
    producing.abort();
    await clock.run(producer);
    await clock.run(mapping.stop());
  });

  test('rejects when the mapping is stopped', async () => {
    const stream = new FakeStream(clock, 'a');
    stream.put('a');
    invocationMs = 60_000;
    const mapping = startMapping(stream);
    await clock.run(clock.sleep(100));
    const drained = mapping.drained();
    const stopped = mapping.stop();
    await expect(clock.run(drained)).rejects.toThrow('stopped before the stream was drained');
    await clock.run(stopped);
  });
});

describe('stop', () => {
  test('lets an invocation end, keeps its checkpoint, and begins no other', async () => {
    const stream = new FakeStream(clock, 'a');
    for (let index = 0; index < 150; index++) stream.put('a');
    invocationMs = 2000;
    const mapping = startMapping(stream);
    await clock.run(clock.sleep(1000));
    await clock.run(mapping.stop());
    expect(done).toHaveLength(100);
    expect(checkpoints.get('a')).toEqual({ sequenceNumber: '100', finished: false });
    await clock.run(mapping.stop());
  });

  test('before anything was found', async () => {
    const mapping = startMapping(new FakeStream(clock, 'a'));
    await clock.run(mapping.stop());
    expect(done).toEqual([]);
  });
});

test('the iterator age is that of the oldest record that is not done', async () => {
  const stream = new FakeStream(clock, 'a');
  stream.put('a');
  invocationMs = 10_000;
  const mapping = startMapping(stream);
  await clock.run(clock.sleep(4000));
  expect(mapping.iteratorAgeMs()).toBe(4000);
  await clock.run(mapping.drained());
  expect(mapping.iteratorAgeMs()).toBe(0);
  await clock.run(mapping.stop());
});
