/** One event of an input file. */
export type InputEvent =
  /** `text` is the event's JSON as the file has it, where the file is JSON. */
  | { readonly kind: 'event'; readonly value: unknown; readonly text?: string }
  /** What could not be read, as it stands in the file: the handler rejects it and keeps it. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array };

export type InputFormat = 'json array' | 'json' | 'ndjson' | 'csv' | 'parquet';

/** A file of events, found readable, not read yet. */
export interface EventFile {
  readonly path: string;
  readonly format: InputFormat;
  /** Names of the columns, where the format has them. */
  readonly columns: readonly string[] | undefined;
  /**
   * The file's events in order, in batches of bounded size. Each call reads the file anew.
   * Throws `UsageError` where the file can't be read on.
   */
  batches(): AsyncIterable<readonly InputEvent[]>;
  /** How far the newest reading has come, 0 to 1. */
  progress(): number;
}
