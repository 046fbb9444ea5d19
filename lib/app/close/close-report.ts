import type { EpochMs } from '#core/brand.ts';

/** What a run of `closePipeline` did. */
export interface CloseReport {
  /** Finals written, those of roll-ups among them; windows that had one already are not counted. */
  readonly finals: number;
  /** Idle shards whose watermark was raised. */
  readonly idle: number;
  /** Ended shards that left the registry. */
  readonly gone: number;
  /** The pipeline's watermark as the registry has it now, and up to where windows are final. */
  readonly closedThrough: EpochMs | null;
  readonly finalThrough: EpochMs | null;
  /** Whether events arrive soon after they happen: of a replay, the age of finals says nothing. */
  readonly live: boolean;
  /** How long what is put takes until a reader sees it, in milliseconds; see `freshnessOf`. `null`: nothing tells. */
  readonly freshnessMs: number | null;
  /** Why the work is not done: others wrote meanwhile, or the time was up. The next run goes on with it. */
  readonly unfinished: 'conflict' | 'deadline' | undefined;
}
