/** What the dashboard says about money depends on how the stream is paid for. */
export interface DashboardSettings {
  readonly stream: { readonly mode: 'provisioned'; readonly shards: number } | { readonly mode: 'on-demand' };
  /** Whether events are taken over HTTP. */
  readonly ingestApi?: boolean;
  /** Whether values are given over HTTP. */
  readonly queryApi?: boolean;
  /** Whether the pipeline tells duplicates. */
  readonly duplicates?: boolean;
  /** Whether events are looked up in reference tables. */
  readonly lookups?: boolean;
  /** Whether the pipeline declares a capacity. */
  readonly capacity?: boolean;
  /** Whether canaries are put into the stream. */
  readonly canary?: boolean;
  /** Between how many shards the stream is kept, if it is scaled. */
  readonly scale?: { readonly shardsMin: number; readonly shardsMax: number } | undefined;
}
