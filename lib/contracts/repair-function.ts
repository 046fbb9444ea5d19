/** Settings of the function `repair` that the runtime and the infrastructure share. */
export const REPAIR_FUNCTION = {
  /** A run that is out of time has committed what it did; the next one goes on there. */
  timeoutSeconds: 300,
  memoryMegabytes: 1769,
  /** The shortest period that schedules have. */
  everyMinutes: 1,
} as const;
