import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { GcWatch } from '#adapters/saturation/gc-watch.ts';
import { LoopWatch } from '#adapters/saturation/loop-watch.ts';
import { SocketWatch } from '#adapters/saturation/socket-watch.ts';
import { tmpShare } from '#adapters/saturation/tmp-use.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('garbage collection', () => {
  it('is seen, with its pauses and what it leaves in the heap', async () => {
    const shares: number[] = [];
    const watch = new GcWatch((share) => shares.push(share));
    collect();
    await turn();
    const { heapShare, pauseMs, totalMs } = watch.takeUse();
    expect(shares.length).toBeGreaterThan(0);
    expect(heapShare).toBe(shares.at(-1));
    expect(heapShare).toBeGreaterThan(0);
    expect(heapShare).toBeLessThan(1);
    expect(pauseMs).toBeGreaterThan(0);
    expect(totalMs).toBeGreaterThanOrEqual(pauseMs);
    expect(watch.isHeavy()).toBe(false);
    watch.stop();
  });
});

describe('the event loop', () => {
  it('is watched within invocations: what blocks it is seen', async () => {
    const watch = new LoopWatch();
    watch.begin();
    await sleep(60);
    block(150);
    await sleep(60);
    watch.end();
    expect(watch.takeDelayMs()).toBeGreaterThan(80);
    expect(watch.takeDelayMs()).toBe(0);
  });

  it('is not watched between them, when the process is frozen', async () => {
    const watch = new LoopWatch();
    watch.begin();
    watch.end();
    block(150);
    await sleep(30);
    watch.begin();
    watch.end();
    expect(watch.takeDelayMs()).toBeLessThan(80);
  });
});

describe('connections', () => {
  it('are counted, and the calls that wait for one', async () => {
    const held: (() => void)[] = [];
    const server = createServer((_request, response) => void held.push(() => response.end()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const watch = new SocketWatch();
    const { http } = watch.newAgents();
    expect(watch.takeMost()).toEqual({ open: 0, waiting: 0 });
    const answers = Array.from(
      { length: 60 },
      () =>
        new Promise<void>((resolve, reject) => {
          get({ port, host: '127.0.0.1', agent: http }, (response) => {
            response.resume().on('end', resolve);
          }).on('error', reject);
        }),
    );
    watch.look();
    expect(watch.takeMost()).toEqual({ open: 50, waiting: 10 });
    while (held.length < 50) await turn();
    for (const end of held.splice(0)) end();
    while (held.length < 10) await turn();
    for (const end of held.splice(0)) end();
    await Promise.all(answers);
    http.destroy();
    server.close();
  });
});

describe('/tmp', () => {
  it('is somewhere between empty and full', () => {
    const share = tmpShare() ?? Number.NaN;
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(1);
  });
});
