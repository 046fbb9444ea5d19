import type { Hole } from '#core/degradation/hole.ts';
import type { Head } from '#core/protocol/head.ts';
import { compareSequence, isReached, type Position } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { Table } from '../ports/table.ts';

/**
 * A shard's holes beyond a position, in the order of the stream: those that are stored, then those that its head has.
 * The head must have been read before: a hole that leaves it is stored by then, and may be in both.
 */
export async function* openHoles(
  table: Pick<Table, 'readHoles'>,
  shard: ShardKey,
  head: Pick<Head, 'holes'>,
  from: Position,
): AsyncGenerator<Hole> {
  let last: Hole | undefined;
  const isNew = (hole: Hole) => !isReached(from, hole.last) && (last === undefined || isBefore(last, hole));
  for await (const hole of table.readHoles(shard, from)) {
    if (!isNew(hole)) continue;
    last = hole;
    yield hole;
  }
  for (const hole of head.holes) {
    if (!isNew(hole)) continue;
    last = hole;
    yield hole;
  }
}

function isBefore({ first: a }: Hole, { first: b }: Hole): boolean {
  return (compareSequence(a.sequence, b.sequence) || a.event - b.event) < 0;
}
