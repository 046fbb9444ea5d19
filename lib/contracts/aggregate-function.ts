/** Settings of the function `aggregate` that the runtime and the infrastructure share. */
export const AGGREGATE_FUNCTION = {
  timeoutSeconds: 60,
  memoryMegabytes: 1769, // one vCPU
} as const;

/** The module that a bundle of `functions/aggregate` imports its pipeline by; the bundler points it at a file. */
export const PIPELINE_MODULE = 'weir:pipeline';
