import type { Table } from '#app/ports/table.ts';
import type { Block } from '#core/protocol/block.ts';
import { type MemoryTable, shardText } from './memory-table.ts';
import type { Call, ServiceCalls } from './service-calls.ts';
import type { Caller } from './world.ts';

/** Which writes carry their condition; those of mutants don't. */
export interface Conditions {
  readonly registry?: boolean;
  readonly heads?: boolean;
  readonly blocks?: boolean;
}

const PAGE_BLOCKS_MAX = 3;

/** The table as a caller has it: each method is a call, a query one for each page. */
export function environmentTable(
  calls: ServiceCalls,
  caller: Caller,
  table: MemoryTable,
  { registry = true, heads = true, blocks = true }: Conditions = {},
): Table {
  const make = <Result>(what: string, isWrite: boolean, effect: Call<Result>['effect']) =>
    calls.make(caller, { service: 'table', what, isWrite, effect });
  return {
    readRegistry: () => make('reads the registry', false, () => table.registry),
    writeRegistry: (next) =>
      make(`writes the registry, version ${next.version}`, true, () => table.writeRegistry(next, registry)),
    readHead: (shard) => make(`reads the head of ${shard.shard}`, false, () => table.readHead(shard)),
    writeHead: (shard, head) =>
      make(`writes head ${head.rev} of ${shard.shard}`, true, () => table.writeHead(shard, head, heads)),
    readBlock: (shard, key) =>
      make(`reads block ${key.aggregate} ${key.windowStart} of ${shard.shard}`, false, () =>
        table.readBlock(shard, key),
      ),
    writeBlock: (shard, block, expectedN) =>
      make(`writes block ${describe(block)} of ${shard.shard}, expecting ${expectedN ?? 'none'}`, true, () =>
        table.writeBlock(shard, block, expectedN, blocks),
      ),
    async *readBlocks(shard, aggregate, range) {
      let after: number | undefined = Number.NEGATIVE_INFINITY;
      while (after !== undefined) {
        const from: number = after;
        const page: ReturnType<MemoryTable['readBlocks']> = await make(
          `queries ${aggregate.name} of ${shardText(shard)}`,
          false,
          () => table.readBlocks(shard, aggregate, range, from, PAGE_BLOCKS_MAX),
        );
        yield* page.blocks;
        after = page.next;
      }
    },
  };
}

function describe({ key, n }: Block): string {
  return `${key.aggregate} ${key.windowStart} with n ${n}`;
}
