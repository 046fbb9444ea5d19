/** One metric that the functions publish. */
export interface MetricDefinition {
  readonly unit: 'Count' | 'Milliseconds' | 'Bytes' | 'Percent';
  /** What it counts, for dashboards and docs. */
  readonly meaning: string;
  /** Not published where it is 0: nothing and 0 say the same, and each metric of a line is paid for by the byte. */
  readonly sparse?: true;
}

export const METRICS_NAMESPACE = 'Weir';

/** Every metric that the functions publish, by name. The one dimension is the pipeline's name, as `service`. */
export const METRICS = {
  EventsReceived: { unit: 'Count', meaning: 'events that were committed, whatever became of them' },
  EventsAggregated: { unit: 'Count', meaning: 'events that are in the aggregates' },
  EventsInvalid: {
    unit: 'Count',
    meaning: 'events that were rejected, and are kept in the dead-letter queue',
  },
  EventsLate: {
    unit: 'Count',
    meaning: 'events that came after their window was closed: they are in the aggregates, beside the finals',
    sparse: true,
  },
  EventsExpired: {
    unit: 'Count',
    meaning:
      'events that came after the values of their windows are no longer kept: they are in no aggregate',
    sparse: true,
  },
  EventLag: {
    unit: 'Milliseconds',
    meaning: 'from the arrival of the last record of a batch to the end of its invocation',
  },
  BatchRecords: { unit: 'Count', meaning: 'records an invocation got' },
  BatchDuration: { unit: 'Milliseconds', meaning: 'time an invocation took' },
  Commits: { unit: 'Count', meaning: 'conditional writes of a head by which events counted' },
  Conflicts: {
    unit: 'Count',
    meaning: 'writes that another writer of the same shard was ahead of',
    sparse: true,
  },
  Folds: { unit: 'Count', meaning: 'blocks written' },
  HeadBytes: { unit: 'Bytes', meaning: 'size of the last head written' },
  GroupsOverflowed: {
    unit: 'Count',
    meaning: 'groups counted as __other__, over the cap on groups',
    sparse: true,
  },
  HotKeyShare: {
    unit: 'Percent',
    meaning: 'records of the most frequent partition key in a batch, of a sample of it; not of small batches',
    sparse: true,
  },
  HotGroupShare: {
    unit: 'Percent',
    meaning:
      'events of the most frequent group of any aggregate in a batch, of a sample; not of small batches',
    sparse: true,
  },
  BatchesUnfinished: { unit: 'Count', meaning: 'invocations that handed records back, to get them again' },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
