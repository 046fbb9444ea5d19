/** What the CLI's exit codes mean; the help and docs/cli.md say the same. */
export const EXIT = {
  /** All done. */
  done: 0,
  /** A bug, or a service that did not do its part. */
  unexpected: 1,
  /** Wrong usage, or input that can't be read: nothing was begun, or the message says how far it got. */
  usage: 2,
  /** Done, but some events were set aside in the dead-letter queue. */
  setAside: 3,
  /** Stopped by Ctrl-C before the work was done. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
