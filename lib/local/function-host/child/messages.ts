/** From the host to a function's process. */
export interface InvokeMessage {
  readonly requestId: string;
  /** JSON, parsed by the process as Lambda's runtime does. */
  readonly event: string;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
}

/** From a function's process to the host. */
export type ChildMessage =
  /** The code is loaded. */
  | { readonly type: 'ready' }
  /** The code can't be loaded; the process ends. */
  | { readonly type: 'load_failed'; readonly errorType: string; readonly message: string }
  | { readonly type: 'response'; readonly payload: string }
  | { readonly type: 'error'; readonly errorType: string; readonly message: string };
