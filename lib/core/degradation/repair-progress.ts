import type { ShardId } from '#core/brand.ts';
import type { Head } from '#core/protocol/head.ts';
import { addLedgers, type Ledger } from '#core/protocol/ledger.ts';
import { isReached } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';

/** No shard's id has a dot. */
const REPAIR_SUFFIX = '.repair';

/**
 * By which the repair of a shard's holes keeps a head of its own, and late blocks: what it adds, and how far it has come,
 * are one conditional write, and the shard's own head is nobody's but the function's.
 */
export function repairKeyOf({ shard, stream }: ShardKey): ShardKey {
  return { stream, shard: `${shard}${REPAIR_SUFFIX}` as ShardId };
}

/** Whether a shard's holes are all behind what its repair has come to. */
export function isRepaired({ lastHole }: Pick<Head, 'lastHole'>, repair: Pick<Head, 'position'>): boolean {
  return lastHole === null || isReached(repair.position, lastHole);
}

/**
 * A shard's ledger, with what its repair has made of the events that were held. The repair's own ledger has these as
 * received.
 */
export function repairedLedger(shard: Ledger, repair: Ledger): Ledger {
  return addLedgers(shard, { ...repair, received: 0, held: -repair.received });
}
