import { expect, test } from 'vitest';
import { nodeCompression } from '#adapters/node-compression.ts';
import { foldHead } from '#app/aggregate/fold-head.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import type { Table, WriteOutcome } from '#app/ports/table.ts';
import { decodeGroups } from '#core/block-codec.ts';
import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import { nextHead } from '#core/protocol/next-head.ts';
import { commitOf, deltaOf, tableOf } from '../../core/protocol/deltas.ts';
import { MemoryTable, toPort } from '../../simulation/memory-table.ts';
import { SHARD } from '../../support/shard-world.ts';

/** A head of so many windows, all of which are to be folded. */
function headOf(windows: number): Head {
  const deltas = Array.from({ length: windows }, (_, window) => deltaOf(window, tableOf({ a: [window] })));
  return nextHead(EMPTY_HEAD, commitOf({ deltas, pendingBytesSoft: 0 }), nodeCompression).head;
}

function depsOf(change: Partial<Table> = {}) {
  const memory = new MemoryTable();
  return {
    memory,
    table: { ...toPort(memory), ...change },
    compression: nodeCompression,
    cache: new WarmCache(),
  };
}

test('folds what the head names, once: a second time finds it done', async () => {
  const deps = depsOf();
  const head = headOf(20);
  expect(await foldHead(deps, SHARD, head)).toMatchObject({ written: 20, overflowed: 0 });
  expect(await foldHead(deps, SHARD, head)).toMatchObject({ written: 0 });
  const again = { ...deps, cache: new WarmCache() };
  const { bytes } = (await foldHead(again, SHARD, head)) ?? {};
  const [delta] = head.pending;
  if (delta === undefined) throw new Error('a head without deltas');
  const block = deps.memory.readBlock(SHARD, delta.key);
  expect(block?.n).toBe(head.n);
  expect(bytes?.get('a')).toBeGreaterThan(0);
  const table = decodeGroups(block?.bytes ?? new Uint8Array(), nodeCompression);
  expect(table.values(0)).toEqual([1, 0]);
});

test('does not touch what the head does not name', async () => {
  const deps = depsOf();
  const { head } = nextHead(
    EMPTY_HEAD,
    commitOf({ deltas: [deltaOf(0, tableOf({ a: [1] }))] }),
    nodeCompression,
  );
  expect(await foldHead(deps, SHARD, head)).toEqual({ written: 0, bytes: new Map(), overflowed: 0 });
  expect(deps.memory.readBlock(SHARD, deltaOf(0, tableOf({})).key)).toBeUndefined();
});

test('another writer who is ahead: all that is remembered is dropped, and the block is read again', async () => {
  const outcomes: WriteOutcome[] = ['conflict'];
  const deps = depsOf();
  const { writeBlock } = deps.table;
  const table: Table = {
    ...deps.table,
    writeBlock: async (...write) => outcomes.pop() ?? writeBlock(...write),
  };
  const head = headOf(1);
  const other = { key: deltaOf(99, tableOf({})).key, n: 1, bytes: new Uint8Array() };
  deps.cache.keepBlock(SHARD, other);
  deps.cache.keepHead(SHARD, head);
  expect(await foldHead({ ...deps, table }, SHARD, head)).toMatchObject({ written: 1 });
  expect(deps.cache.block(SHARD, other.key)).toBeUndefined();
  expect(deps.cache.head(SHARD)).toBeUndefined();
});

test('another writer who is always ahead: the head must be read again', async () => {
  const deps = depsOf({ writeBlock: async () => 'conflict' });
  expect(await foldHead(deps, SHARD, headOf(3))).toBeUndefined();
});

test('folds a few at a time, whatever there is to fold', async () => {
  let underWay = 0;
  let most = 0;
  const deps = depsOf();
  const { readBlock } = deps.table;
  const table: Table = {
    ...deps.table,
    readBlock: async (...read) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return readBlock(...read);
    },
  };
  await foldHead({ ...deps, table }, SHARD, headOf(50));
  expect(most).toBe(8);
});
