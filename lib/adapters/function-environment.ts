import type { MemoryCache } from '#app/ports/memory-cache.ts';
import type { EnvironmentMetricName } from '#contracts/environment-metrics.ts';
import { awsConfig } from './aws-config.ts';
import type { MakeClient } from './make-client.ts';
import { guardClient } from './resilience/guard-client.ts';
import { type Service, ServiceGuards, timeoutMsOf } from './resilience/service-guards.ts';
import { TransientRetries } from './resilience/transient-retries.ts';
import { GcWatch } from './saturation/gc-watch.ts';
import { LoopWatch } from './saturation/loop-watch.ts';
import { MemoryGuard } from './saturation/memory-guard.ts';
import { SocketWatch } from './saturation/socket-watch.ts';
import { tmpShare } from './saturation/tmp-use.ts';

/** How often an environment tells of itself while nothing is wrong with it. */
const TELL_EVERY_MS = 60_000;
const MEGABYTE = 1024 * 1024;

type EnvironmentValues = { readonly [Metric in EnvironmentMetricName]?: number };

/** What a function's execution environment has beside its work: guarded clients, and an eye on itself. One an environment. */
export class FunctionEnvironment {
  readonly #guards: ServiceGuards;
  readonly #gc: GcWatch;
  readonly #loop = new LoopWatch();
  readonly #sockets = new SocketWatch();
  readonly #memory: MemoryGuard;
  readonly #now: () => number;
  #toldAt = Number.NEGATIVE_INFINITY;
  #told = { hits: 0, misses: 0, openCircuits: 0 };

  /** `onCircuit` is told when a service is given up for a while, and when it is back. */
  constructor(
    onCircuit: (service: Service, isOpen: boolean) => void = () => {},
    now: () => number = Date.now,
  ) {
    this.#now = now;
    this.#guards = new ServiceGuards(onCircuit);
    const megabytes = Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']);
    this.#memory = new MemoryGuard(megabytes > 0 ? megabytes * MEGABYTE : undefined);
    this.#gc = new GcWatch((heapShare) => this.#memory.onFullCollection(heapShare));
  }

  readonly makeClient: MakeClient = (make, serviceOf) => {
    // All that one client calls waits alike, whatever the command.
    const timeoutMs = timeoutMsOf(serviceOf(''));
    const config = {
      ...awsConfig(this.#sockets.newAgents(), timeoutMs),
      retryStrategy: new TransientRetries(),
    };
    const guard = this.#guards;
    return guardClient(
      make(config),
      (service, call) => {
        const made = guard.call(service, call);
        this.#sockets.look();
        return made;
      },
      serviceOf,
    );
  };

  /** Drops this cache, with all others, when memory runs short. */
  watchCache(cache: MemoryCache): void {
    this.#memory.watch(cache);
  }

  /** An invocation, which would be stopped at `deadline`, in epoch milliseconds. */
  async invocation<Result>(deadline: number, work: () => Promise<Result>): Promise<Result> {
    this.#loop.begin();
    try {
      return await this.#guards.within(deadline, work);
    } finally {
      this.#loop.end();
      this.#memory.look();
    }
  }

  /**
   * What is to be told with this invocation's metrics: nothing, mostly. Once a minute, or where something is wrong, how
   * the environment fares.
   */
  takeMetrics(): EnvironmentValues {
    const now = this.#now();
    const isFirst = this.#toldAt === Number.NEGATIVE_INFINITY;
    if (now - this.#toldAt < TELL_EVERY_MS && !this.#isOutOfOrder()) return {};
    this.#toldAt = now;
    const guards = this.#guards.takeCounts();
    const gc = this.#gc.takeUse();
    const sockets = this.#sockets.takeMost();
    const { bytes, hits, misses } = this.#memory.use;
    const before = this.#told;
    this.#told = { hits, misses, openCircuits: guards.open.length };
    return {
      ColdStarts: isFirst ? 1 : 0,
      ...share('HeapUsed', gc.heapShare),
      ...share('MemoryUsed', this.#memory.memoryShare),
      ...share('TmpUsed', tmpShare()),
      GcPause: Math.round(gc.pauseMs),
      GcTime: Math.round(gc.totalMs),
      LoopDelay: Math.round(this.#loop.takeDelayMs()),
      SocketsOpen: sockets.open,
      SocketsWaiting: sockets.waiting,
      CacheBytes: bytes,
      CacheHits: hits - before.hits,
      CacheMisses: misses - before.misses,
      CachesShed: this.#memory.takeShed(),
      CircuitsOpen: guards.open.length,
      CircuitsOpened: guards.opened,
      CallsRefused: guards.refused,
      CallsThrottled: guards.throttled,
      WritesAtATime: guards.writesAtATime,
    };
  }

  #isOutOfOrder(): boolean {
    const hasCircuits = this.#guards.openCircuits > 0 || this.#told.openCircuits > 0;
    return hasCircuits || this.#memory.hasShed || this.#gc.isHeavy();
  }
}

function share(name: EnvironmentMetricName, value: number | undefined): EnvironmentValues {
  return value === undefined ? {} : { [name]: Math.round(value * 1000) / 10 };
}
