/** The paths of the query API, as its resources in API Gateway, its router and its OpenAPI document have them. */
export const QUERY_PATHS = {
  openApi: '/openapi.json',
  health: '/health',
  aggregates: '/aggregates',
  series: '/aggregates/{name}/series',
  latest: '/aggregates/{name}/latest',
  top: '/aggregates/{name}/top',
  several: '/series',
} as const;

/** Parameters of a query without which there is no answer, by the path's name. */
export const QUERY_REQUIRED: Readonly<Record<keyof typeof QUERY_PATHS, readonly string[]>> = {
  openApi: [],
  health: [],
  aggregates: [],
  series: [],
  latest: [],
  top: ['by'],
  several: ['aggregates', 'from', 'to'],
};

/** Settings of the function `query` that the runtime and the infrastructure share. */
export const QUERY_FUNCTION = {
  /** API Gateway waits 29 s for an integration, unless its quota is raised. */
  timeoutSeconds: 29,
  memoryMegabytes: 1769, // one vCPU
} as const;

/** What one request may ask for, and get. */
export const QUERY_LIMITS = {
  /** Windows between `from` and `to`: two months of hours, a day of minutes, four years of days. */
  rangeWindowsMax: 1500,
  /** Windows that a range has unless it says otherwise. */
  rangeWindowsDefault: 24,
  rowsDefault: 1000,
  rowsMax: 10_000,
  /** Lambda answers with 6 MB at most, in which the body is one JSON string: this is measured as such. */
  bodyBytesMax: 5_000_000,
  topDefault: 10,
  topMax: 100,
  /** Aggregates in one answer. */
  aggregatesMax: 10,
  /** Groups times windows that one read may bring, if every window had as many groups as it may have. */
  readGroupsMax: 250_000,
  /** A cursor holds a group's values, which have a limit of their own. */
  cursorLengthMax: 12_000,
} as const;

/** How long a client may use an answer without asking again, in seconds. */
export const QUERY_MAX_AGE_SECONDS = {
  /** Something more may come in time. */
  open: 1,
  /** All its windows are closed; only what is late, redriven or repaired changes it. */
  closed: 60,
  /** What follows from the pipeline's definition alone: changed by a deployment. */
  definition: 60,
} as const;
