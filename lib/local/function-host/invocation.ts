/** How an invocation ended. */
export type InvocationResult =
  /** The function answered; the response as JSON. */
  | { readonly type: 'response'; readonly payload: string }
  /** The function threw, or its code could not be loaded. */
  | { readonly type: 'error'; readonly errorType: string; readonly message: string }
  /** The function took longer than it may; its process was killed. */
  | { readonly type: 'timeout'; readonly message: string }
  /** The process ended before the function had answered. */
  | { readonly type: 'crashed'; readonly message: string }
  /** The function never got the event. */
  | { readonly type: 'not_invoked'; readonly message: string };

/** What happens in a function host, told as it happens. */
export type InvocationEvent =
  /** The function has the event, and is running. */
  | { readonly type: 'started'; readonly requestId: string }
  | {
      readonly type: 'ended';
      readonly requestId: string;
      readonly result: InvocationResult['type'];
      /** From the start; 0 where there was none. */
      readonly durationMs: number;
    };

/** Which process may be killed in an invocation: any, or any but the one that has lived longest. */
export type KilledProcess = 'any' | 'younger';

/** A function, as a host runs it. */
export interface FunctionSettings {
  readonly name: string;
  /** The bundle's entry, a module that exports `handler`. */
  readonly entryFile: string;
  readonly timeoutMs: number;
  /** Bounds the heap of each process. */
  readonly memoryMegabytes: number;
  readonly region: string;
  /** The function's own environment variables. */
  readonly environment: Readonly<Record<string, string>>;
}
