import { expect, test } from 'vitest';
import { registerShard } from '#app/aggregate/register-shard.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { EpochMs, ShardId } from '#core/brand.ts';
import { EMPTY_REGISTRY } from '#core/protocol/registry.ts';
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
  expect(table.registry).toEqual({ ...EMPTY_REGISTRY, version: 2, shards: [SHARD, again] });
});

test('a registry that never holds still is an error of the table, not a loop without end', async () => {
  const table = { ...toPort(new MemoryTable()), writeRegistry: async () => 'conflict' as const };
  const error = await registerShard(table, SHARD).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DependencyError);
  expect(error).toMatchObject({
    message: expect.stringMatching(/^table unavailable: the registry changed during 100/),
  });
});

test('a shard begins with what is closed, whether it is new or another has registered it', async () => {
  const table = new MemoryTable(true);
  expect(await registerShard(toPort(table), SHARD)).toBeNull();
  const closedThrough = 1_000_000 as EpochMs;
  table.writeRegistry({ ...EMPTY_REGISTRY, version: 2, shards: [SHARD], closedThrough });
  expect(await registerShard(toPort(table), SHARD)).toBe(closedThrough);
  expect(table.registry?.version).toBe(2);
  const [other] = shards.slice(5);
  if (other === undefined) throw new Error('no shard');
  expect(await registerShard(toPort(table), other)).toBe(closedThrough);
  expect(table.registry).toMatchObject({ version: 3, shards: [SHARD, other], closedThrough });
});
