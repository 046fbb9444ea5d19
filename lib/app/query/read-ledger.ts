import type { EpochMs } from '#core/brand.ts';
import { isRepaired, repairedLedger } from '#core/degradation/repair-progress.ts';
import { EMPTY_HEAD } from '#core/protocol/head.ts';
import { addLedgers, type Ledger } from '#core/protocol/ledger.ts';
import { isSameShard } from '#core/protocol/registry.ts';
import type { Table } from '../ports/table.ts';
import { readState, type ShardHead } from './read-heads.ts';

/** A shard, and what became of its events: those that were held and are repaired count as what they are now. */
export interface ShardLedger extends ShardHead {
  readonly ledger: Ledger;
  /** Whether something that it left out under load has not been added yet. */
  readonly hasHoles: boolean;
}

export interface PipelineLedger {
  /** Over all shards, those that are gone too. */
  readonly total: Ledger;
  /** Shards that are still named in the registry. */
  readonly shards: readonly ShardLedger[];
  /** Windows that end by then are final; `null`: none is. */
  readonly finalThrough: EpochMs | null;
}

/** What became of every event, over all shards and by shard. */
export async function readLedger(table: Table): Promise<PipelineLedger> {
  const { registry, heads, repairs } = await readState(table);
  const shards = heads.map(({ head, shard }) => {
    const repair = repairs.find(({ of }) => isSameShard(of, shard));
    const ledger = repair === undefined ? head.ledger : repairedLedger(head.ledger, repair.head.ledger);
    return { shard, head, ledger, hasHoles: !isRepaired(head, repair?.head ?? EMPTY_HEAD) };
  });
  const total = shards.reduce((sum, { ledger }) => addLedgers(sum, ledger), registry.goneLedger);
  return { total, shards, finalThrough: registry.finalThrough };
}
