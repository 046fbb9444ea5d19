import { describe, expect, test } from 'vitest';
import type { ShardPollerSettings } from '#local/event-source-mapping/shard-poller-settings.ts';
import { ShardPollerState } from '#local/event-source-mapping/shard-poller-state.ts';
import { recordsAtStart, SETTINGS, START_MS } from './scenario.ts';

const OPEN = { millisBehindLatest: 0, endOfShard: false };

function newState(settings: Partial<ShardPollerSettings> = {}) {
  return new ShardPollerState({ ...SETTINGS, ...settings }, undefined);
}

describe('reading ahead while the function runs', () => {
  test('stops at a batch of records', () => {
    const state = newState({ batchSize: 10 });
    expect(state.next(START_MS)).toEqual({ type: 'read', after: undefined, recordsMax: 10 });
    state.recordsRead({ ...OPEN, records: recordsAtStart(10) }, START_MS);
    expect(state.next(START_MS)).toMatchObject({ type: 'invoke' });
    expect(state.next(START_MS)).toEqual({ type: 'read', after: '10', recordsMax: 10 });
    state.recordsRead({ ...OPEN, records: recordsAtStart(6) }, START_MS);
    expect(state.next(START_MS)).toMatchObject({ type: 'read', recordsMax: 4 });
    state.recordsRead({ ...OPEN, records: recordsAtStart(4) }, START_MS);
    expect(state.next(START_MS)).toEqual({ type: 'wait', untilMs: undefined });
  });

  test('stops at the payload of a batch', () => {
    const state = newState({ payloadBytesMax: 1000 });
    state.next(START_MS);
    state.recordsRead({ ...OPEN, records: recordsAtStart(9, 100) }, START_MS);
    expect(state.next(START_MS)).toMatchObject({ type: 'invoke' });
    expect(state.next(START_MS)).toMatchObject({ type: 'read' });
    state.recordsRead({ ...OPEN, records: recordsAtStart(30, 100) }, START_MS);
    expect(state.next(START_MS)).toEqual({ type: 'wait', untilMs: undefined });
  });
});

describe('empty reads', () => {
  test('at the tip wait for the poll interval', () => {
    const state = newState();
    state.next(START_MS);
    state.recordsRead({ ...OPEN, records: [] }, START_MS + 5);
    expect(state.next(START_MS + 5)).toEqual({ type: 'wait', untilMs: START_MS + 1005 });
  });

  test('behind the tip are repeated at once, and show nothing as drained', () => {
    const state = newState();
    const mark = state.mark();
    state.next(START_MS);
    state.recordsRead({ records: [], millisBehindLatest: 60_000, endOfShard: false }, START_MS);
    expect(state.isPast(mark, START_MS)).toBe(false);
    expect(state.next(START_MS)).toMatchObject({ type: 'read' });
    state.recordsRead({ ...OPEN, records: [] }, START_MS);
    expect(state.isPast(mark, START_MS)).toBe(true);
  });
});

test('the last records of a closed shard do not wait for the batching window: nothing can come to join them', () => {
  const state = newState({ batchingWindowMs: 300_000 });
  state.next(START_MS);
  state.recordsRead({ records: recordsAtStart(2), millisBehindLatest: 0, endOfShard: true }, START_MS);
  expect(state.next(START_MS)).toMatchObject({ type: 'invoke' });
});

test('an end of what was not begun is a bug, and says so', () => {
  const state = newState();
  expect(() => state.invocationEnded({ type: 'failed' }, START_MS)).toThrow('no invocation was under way');
  expect(() => state.discardEnded('delivered')).toThrow('no discard was under way');
});
