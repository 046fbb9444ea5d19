/** A service that runs on this machine, on 127.0.0.1 only. */
export interface Emulator {
  readonly endpoint: string;
  /** Ends it in an orderly way: requests under way are answered first. May be called again. */
  stop(): Promise<void>;
}
