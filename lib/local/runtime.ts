import type { BundledFunction } from './bundle-function.ts';
import type { CapacityUsage } from './emulators/capacity-meter.ts';
import type { MappingCounters } from './event-source-mapping/mapping-counters.ts';
import type { InvocationEvent, KilledProcess } from './function-host/invocation.ts';

/** What a runtime has done since it was started. */
export interface RuntimeUsage extends CapacityUsage {
  readonly invocations: number;
  /** Those that threw, ran out of time or died. */
  readonly failedInvocations: number;
  /** Records that the function has done. */
  readonly records: number;
  /** Age of the oldest record that is read and not done; 0 without one. */
  readonly iteratorAgeMs: number;
  readonly mapping: MappingCounters;
}

/** A pipeline that runs on this machine. */
export interface Runtime {
  /** What a client of the pipeline needs: endpoints, region, credentials, and the resources' names. */
  readonly environment: Readonly<Record<string, string>>;
  readonly bundle: BundledFunction;
  /**
   * Resolves when every record that was in the stream at the call is processed, or was given up and the on-failure
   * destination told. Rejects when the runtime is stopped before.
   */
  drained(): Promise<void>;
  usage(): RuntimeUsage;
  /** Closes windows now, beside the schedule; resolves with the function's report. */
  close(): Promise<unknown>;
  /** Runs the function `repair` now, of a pipeline that declares its capacity, and resolves with its report. */
  repair(): Promise<unknown>;
  /** Looks after the shards now, beside the schedule; resolves with the function's report. */
  scale(): Promise<unknown>;
  /** Kills a process of the function in the middle of an invocation; false if there is none under way. */
  killInFlight(which?: KilledProcess): boolean;
  /** Tells each start and end of an invocation. @returns ends that */
  onInvocation(listener: (event: InvocationEvent) => void): () => void;
  /** Stops everything. Resolves when no process is left; may be called again. */
  stop(): Promise<void>;
}
