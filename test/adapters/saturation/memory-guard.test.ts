import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryGuard } from '#adapters/saturation/memory-guard.ts';
import type { MemoryCache } from '#app/ports/memory-cache.ts';
import { bundleScript } from '#local/bundle-script.ts';

const HEAP_MEGABYTES = 40;

let folder: string;
let script: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  script = join(folder, 'memory-child.cjs');
  await bundleScript(fileURLToPath(new URL('./memory-child.ts', import.meta.url)), script);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(guard: 'guarded' | 'unguarded') {
  return spawnSync(process.execPath, [`--max-old-space-size=${HEAP_MEGABYTES}`, script, guard], {
    encoding: 'utf8',
    // No memory size: the heap is what is short.
    env: { PATH: process.env['PATH'] },
  });
}

describe('a process whose caches grow beyond its heap', () => {
  it('dies without the guard', () => {
    const { signal, status, stderr } = run('unguarded');
    expect(status === 0 && signal === null).toBe(false);
    expect(stderr).toMatch(/heap out of memory/);
  });

  it('lives with it, drops its caches, and says so', () => {
    const { status, stderr, stdout } = run('guarded');
    expect([status, stderr.includes('heap out of memory')]).toEqual([0, false]);
    expect((JSON.parse(stdout) as { shed: number }).shed).toBeGreaterThan(0);
  });
});

class FakeCache implements MemoryCache {
  use = { bytes: 100, hits: 3, misses: 2 };

  shed(): void {
    this.use = { ...this.use, bytes: 0 };
  }
}

describe('the guard', () => {
  it('drops all caches once they are in the way, and not again while they are empty', () => {
    const guard = new MemoryGuard(undefined);
    const caches = [new FakeCache(), new FakeCache()];
    for (const cache of caches) guard.watch(cache);
    expect(guard.use).toEqual({ bytes: 200, hits: 6, misses: 4 });
    guard.onFullCollection(0.5);
    expect(guard.use.bytes).toBe(200);
    guard.onFullCollection(0.75);
    guard.onFullCollection(0.75);
    expect([guard.use.bytes, guard.takeShed(), guard.takeShed()]).toEqual([0, 1, 0]);
  });

  it('looks at all of the memory that the function may take, where it is known', () => {
    const cache = new FakeCache();
    const roomy = new MemoryGuard(process.memoryUsage.rss() * 10);
    roomy.watch(cache);
    roomy.look();
    expect([cache.use.bytes, roomy.takeShed()]).toEqual([100, 0]);
    const tight = new MemoryGuard(process.memoryUsage.rss());
    tight.watch(cache);
    tight.look();
    expect([cache.use.bytes, tight.takeShed()]).toEqual([0, 1]);
    expect(new MemoryGuard(undefined).memoryShare).toBeUndefined();
  });
});
