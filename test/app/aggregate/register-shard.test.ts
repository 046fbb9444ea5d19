import { expect, test } from 'vitest';
import { registerShard } from '#app/aggregate/register-shard.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { ShardId } from '#core/brand.ts';
import { MemoryTable, toPort } from '../../simulation/memory-table.ts';
import { SHARD } from '../../support/shard-world.ts';

const shards = Array.from({ length: 20 }, (_, i) => ({ ...SHARD, shard: `shardId-${i}` as ShardId }));

test('shards that start at the same moment are all registered, each once', async () => {
  const table = new MemoryTable(true);
  await Promise.all([...shards, ...shards].map((shard) => registerShard(toPort(table), shard)));
  const registered = table.registry?.shards.map(({ shard }) => shard) ?? [];
  expect(registered.toSorted()).toEqual(shards.map(({ shard }) => shard).toSorted());
  expect(table.registry?.version).toBe(20);
});

test('a stream that was made again has shards of its own, though their ids are the same', async () => {
  const table = new MemoryTable(true);
  const again = { ...SHARD, stream: 'stream@2' as typeof SHARD.stream };
  for (const shard of [SHARD, again, SHARD]) await registerShard(toPort(table), shard);
  expect(table.registry).toEqual({ version: 2, shards: [SHARD, again] });
});

test('a registry that never holds still is an error of the table, not a loop without end', async () => {
  const table = { ...toPort(new MemoryTable()), writeRegistry: async () => 'conflict' as const };
  const error = await registerShard(table, SHARD).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DependencyError);
  expect(error).toMatchObject({
    message: expect.stringMatching(/^table unavailable: the registry changed during 100/),
  });
});
