import type { Table } from '#app/ports/table.ts';
import type { Block } from '#core/protocol/block.ts';
import { allHoles, type MemoryTable, shardText } from './memory-table.ts';
import type { Call, MakeCall } from './service-calls.ts';
import { allPages } from './window-items.ts';
import type { Caller } from './world.ts';

/** Which writes carry their condition; those of mutants don't. */
export interface Conditions {
  readonly registry?: boolean;
  readonly heads?: boolean;
  readonly blocks?: boolean;
  readonly finals?: boolean;
}

/** Items a page. */
const itemsMax = 3;

/** The table as a caller has it: each method is a call, a query one for each page. */
export function environmentTable(
  calls: MakeCall,
  caller: Caller,
  table: MemoryTable,
  { registry = true, heads = true, blocks = true, finals = true }: Conditions = {},
): Table {
  const make = <Result>(what: string, isWrite: boolean, effect: Call<Result>['effect']) =>
    calls.make(caller, { service: 'table', what, isWrite, effect });
  return {
    readRegistry: () => make('reads the registry', false, () => table.registry),
    writeRegistry: (next) =>
      make(`writes the registry, version ${next.version}`, true, () => {
        table.writer = caller;
        return table.writeRegistry(next, registry);
      }),
    readHead: (shard) => make(`reads the head of ${shard.shard}`, false, () => table.readHead(shard)),
    writeHead: (shard, head) =>
      make(`writes head ${head.rev} of ${shard.shard}`, true, () => {
        table.writer = caller;
        return table.writeHead(shard, head, heads);
      }),
    readSegment: (name) => make(`reads segment ${name}`, false, () => table.readSegment(name)),
    writeSegment: (name, bytes) =>
      make(`writes segment ${name} of ${bytes.length} bytes`, true, () => table.writeSegment(name, bytes)),
    readBlock: (shard, key) =>
      make(
        `reads block ${key.aggregate} ${key.windowStart}${key.late ? ' late' : ''} of ${shard.shard}`,
        false,
        () => table.readBlock(shard, key),
      ),
    writeBlock: (shard, block, expectedN) =>
      make(`writes block ${describe(block)} of ${shard.shard}, expecting ${expectedN ?? 'none'}`, true, () =>
        table.writeBlock(shard, block, expectedN, blocks),
      ),
    readBlocks: (shard, aggregate, range) =>
      allPages((after) =>
        make(`queries ${aggregate.name} of ${shardText(shard)}`, false, () =>
          table.readBlocks(shard, aggregate, range, { itemsMax, after }),
        ),
      ),
    readLateBlocks: (aggregate, range) =>
      allPages((after) =>
        make(`queries late ${aggregate.name}`, false, () =>
          table.readLateBlocks(aggregate, range, { itemsMax, after }),
        ),
      ),
    readFinals: (aggregate, levelMs, range) =>
      allPages((after) =>
        make(`queries finals of ${aggregate.name} by ${levelMs}`, false, () =>
          table.readFinals(aggregate, levelMs, range, { itemsMax, after }),
        ),
      ),
    writeFinal: (final) =>
      make(`writes final ${final.key.aggregate} ${final.key.levelMs} ${final.key.windowStart}`, true, () =>
        table.writeFinal(final, finals),
      ),
    writeHoles: (shard, some) =>
      make(`writes ${some.length} holes of ${shard.shard}`, true, () => table.writeHoles(shard, some)),
    readHoles: (shard, from) =>
      allHoles((after) =>
        make(`reads holes of ${shard.shard}`, false, () => table.readHoles(shard, from, after)),
      ),
  };
}

function describe({ key, n }: Block): string {
  return `${key.aggregate} ${key.windowStart}${key.late ? ' late' : ''} with n ${n}`;
}
