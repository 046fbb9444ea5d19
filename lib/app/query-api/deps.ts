import type { Aggregate, Pipeline } from '#core/pipeline/pipeline.ts';
import type { HealthReport } from '../health/check-health.ts';
import type { DependencyError } from '../ports/dependency-error.ts';
import type { WindowRange } from '../ports/table.ts';
import type { AggregateAnswer } from '../query/answer-aggregate.ts';

/** Reads the values of an aggregate's windows of one size. */
export type AnswerAggregate = (
  aggregate: Aggregate,
  levelMs: number,
  range: WindowRange,
) => Promise<AggregateAnswer>;

/** What the query API works with. */
export interface QueryApiDeps {
  readonly pipeline: Pipeline;
  readonly answer: AnswerAggregate;
  /** The same of all windows of a range together, as of one; of windows that lie side by side. */
  readonly together: (
    aggregate: Aggregate,
    levelMs: number,
    range: Required<WindowRange>,
  ) => Promise<AggregateAnswer>;
  /** Asks all that the pipeline needs whether it is there. */
  readonly health: () => Promise<HealthReport>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A cryptographic hash of a text, in characters that an ETag may have. */
  readonly hash: (text: string) => string;
  /** Told why a request could not be answered for now. */
  readonly onUnavailable: (error: DependencyError) => void;
}

/** What is known of one call beside its request. */
export interface QueryCall {
  /** Epoch milliseconds at which reading ends: what was read by then is the answer, with a cursor for the rest. */
  readonly deadline: number;
  /** What stands before the paths in URLs: the stage or a custom domain's base path; empty where nothing does. */
  readonly basePath: string;
}
