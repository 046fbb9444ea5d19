import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleScript } from '#local/bundle-script.ts';
import { FunctionHost } from '#local/function-host/function-host.ts';
import type { FunctionSettings, InvocationEvent } from '#local/function-host/invocation.ts';

const FUNCTION_SOURCE = fileURLToPath(new URL('../fixtures/host-function.ts', import.meta.url));

/** A folder with the fixture's bundle, hosts that run it, and what they told. */
export class HostFixture {
  readonly folder: string;
  logs: string[] = [];
  metrics: object[] = [];
  events: InvocationEvent[] = [];
  #hosts: FunctionHost[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<HostFixture> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
    await bundleScript(FUNCTION_SOURCE, join(folder, 'function.mjs'));
    return new HostFixture(folder);
  }

  /** @param code of the function, instead of the fixture's */
  async start(
    settings: Partial<FunctionSettings> & { processesMax?: number; code?: string } = {},
  ): Promise<FunctionHost> {
    const { code, processesMax = 2, ...given } = settings;
    const entryFile = join(this.folder, code === undefined ? 'function.mjs' : 'other.mjs');
    if (code !== undefined) await writeFile(entryFile, code);
    const host = await FunctionHost.start({
      settings: {
        ...{ name: 'test-function', entryFile, region: 'us-east-1', environment: {} },
        ...{ timeoutMs: 30_000, memoryMegabytes: 128, ...given },
      },
      workFolder: this.folder,
      processesMax,
      onLog: (line) => this.logs.push(line),
      onMetrics: (blob) => this.metrics.push(blob),
      onInvocation: (event) => this.events.push(event),
    });
    this.#hosts.push(host);
    return host;
  }

  /** Stops the hosts, so that all that they were to tell is told. */
  async stopHosts(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.stop()));
    this.#hosts = [];
  }

  async reset(): Promise<void> {
    await this.stopHosts();
    this.logs = [];
    this.metrics = [];
    this.events = [];
  }

  async close(): Promise<void> {
    await this.stopHosts();
    await rm(this.folder, { recursive: true });
  }
}

/** What the fixture's function is to do. */
export function wish(what: string, value?: unknown): string {
  return JSON.stringify({ do: what, value });
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until something holds; the test's own time limit bounds it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
