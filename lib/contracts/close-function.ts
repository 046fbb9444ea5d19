/** Settings of the function `close` that the runtime and the infrastructure share. */
export const CLOSE_FUNCTION = {
  /** Less than the schedule's period would stop long runs for nothing: two runs at once do no harm. */
  timeoutSeconds: 120,
  memoryMegabytes: 1024,
  /** The shortest period that schedules have. */
  everyMinutes: 1,
} as const;
