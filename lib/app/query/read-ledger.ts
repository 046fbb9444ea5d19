import { addLedgers, EMPTY_LEDGER, type Ledger } from '#core/protocol/ledger.ts';
import type { Table } from '../ports/table.ts';
import { readHeads, type ShardHead } from './read-heads.ts';

export interface PipelineLedger {
  /** Over all shards. */
  readonly total: Ledger;
  readonly shards: readonly ShardHead[];
}

/** What became of every event, over all shards and by shard. */
export async function readLedger(table: Table): Promise<PipelineLedger> {
  const shards = await readHeads(table);
  return { total: shards.reduce((sum, { head }) => addLedgers(sum, head.ledger), EMPTY_LEDGER), shards };
}
