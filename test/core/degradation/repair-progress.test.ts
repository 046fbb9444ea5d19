import { expect, test } from 'vitest';
import type { SequenceNumber, ShardId } from '#core/brand.ts';
import { isRepaired, repairedLedger, repairKeyOf } from '#core/degradation/repair-progress.ts';
import { EMPTY_LEDGER, isBalanced } from '#core/protocol/ledger.ts';

const at = (sequence: number, events: number | null = null) => ({
  sequence: String(sequence) as SequenceNumber,
  events,
});

test('a repair has a head beside its shard’s, under a name that no shard has', () => {
  const stream = 'orders/1700000000';
  expect(repairKeyOf({ stream, shard: 'shardId-000000000001' as ShardId } as never)).toEqual({
    stream,
    shard: 'shardId-000000000001.repair',
  });
});

test('a shard without holes is repaired, one with holes once its repair has come to the last', () => {
  expect(isRepaired({ lastHole: null }, { position: at(0) })).toBe(true);
  const lastHole = at(50, 3);
  expect(isRepaired({ lastHole }, { position: at(50, 2) })).toBe(false);
  expect(isRepaired({ lastHole }, { position: at(50, 3) })).toBe(true);
  expect(isRepaired({ lastHole }, { position: at(51, 1) })).toBe(true);
});

test('what was held becomes what the repair has made of it, and nothing is received twice', () => {
  const shard = { ...EMPTY_LEDGER, received: 100, aggregated: 70, invalid: 5, held: 25 };
  const repair = { ...EMPTY_LEDGER, received: 20, aggregated: 15, late: 3, expired: 1, invalid: 1 };
  const both = repairedLedger(shard, repair);
  expect(both).toEqual({
    ...{ received: 100, aggregated: 85, invalid: 6, duplicate: 0, late: 3, expired: 1, held: 5 },
  });
  expect(isBalanced(both)).toBe(true);
});
