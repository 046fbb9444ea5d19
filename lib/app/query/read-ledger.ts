import type { EpochMs } from '#core/brand.ts';
import { addLedgers, type Ledger } from '#core/protocol/ledger.ts';
import type { Table } from '../ports/table.ts';
import { readState, type ShardHead } from './read-heads.ts';

export interface PipelineLedger {
  /** Over all shards, those that are gone too. */
  readonly total: Ledger;
  /** Shards that are still named in the registry. */
  readonly shards: readonly ShardHead[];
  /** Windows that end by then are final; `null`: none is. */
  readonly finalThrough: EpochMs | null;
}

/** What became of every event, over all shards and by shard. */
export async function readLedger(table: Table): Promise<PipelineLedger> {
  const { registry, heads } = await readState(table);
  const total = heads.reduce((sum, { head }) => addLedgers(sum, head.ledger), registry.goneLedger);
  return { total, shards: heads, finalThrough: registry.finalThrough };
}
