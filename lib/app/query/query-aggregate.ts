import type { Compression } from '#core/compression.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import type { Table } from '../ports/table.ts';
import type { AggregateRow } from './aggregate-rows.ts';
import { answerAggregate, type Question } from './answer-aggregate.ts';
import type { FinalCache } from './final-cache.ts';

export type { AggregateRow } from './aggregate-rows.ts';

export interface QueryDeps {
  readonly table: Table;
  readonly compression: Compression;
  /** Finals that were read before, of this table and pipeline. */
  readonly finals?: FinalCache;
}

/** An aggregate's values alone, by window and then by group; see `answerAggregate`. */
export async function queryAggregate(
  deps: QueryDeps,
  aggregate: Aggregate,
  question: Question = {},
): Promise<AggregateRow[]> {
  return [...(await answerAggregate(deps, aggregate, question)).rows];
}
