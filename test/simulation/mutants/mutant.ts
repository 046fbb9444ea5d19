import type { BatchReport } from '#app/aggregate/batch-report.ts';
import type { Announcements } from '#app/ports/announcements.ts';
import type { StreamState } from '#app/ports/stream-state.ts';
import type { Table } from '#app/ports/table.ts';
import type { RepairDeps } from '#app/repair/deps.ts';
import type { SequenceNumber } from '#core/brand.ts';
import type { Batch } from '#core/records/stream-record.ts';
import type { EnvironmentParts } from '../environment.ts';
import type { Conditions } from '../environment-table.ts';
import type { MemoryTable } from '../memory-table.ts';

/** What of a run of `close` mutants may change. */
export interface CloseParts {
  readonly table: Table;
  readonly stream: StreamState;
  readonly announcements: Announcements;
}

/** What of a run of `repair` mutants may change. */
export type RepairParts = Pick<RepairDeps, 'table' | 'stream' | 'records' | 'deadLetters'>;

/** A way to break the protocol, from outside: nothing under `lib/` knows of it. */
export interface Mutant {
  readonly name: string;
  /** The rule that it breaks. */
  readonly breaks: string;
  /** Which writes have lost their condition. */
  readonly conditions?: Conditions;
  /** Changes what an environment of the function works with. */
  readonly environment?: (parts: EnvironmentParts, memory: MemoryTable) => EnvironmentParts;
  /** Changes what an invocation is given. */
  readonly batch?: (batch: Batch) => Batch;
  /** Changes which record an invocation names. */
  readonly firstUncommitted?: (report: BatchReport, batch: Batch) => SequenceNumber | undefined;
  /** Changes the table that readers read. */
  readonly readerTable?: (table: Table, memory: MemoryTable) => Table;
  /** Which writes of `close` have lost their condition. */
  readonly closeConditions?: Conditions;
  /** Changes what a run of `close` works with. */
  readonly close?: (parts: CloseParts, memory: MemoryTable) => CloseParts;
  /** Which writes of `repair` have lost their condition. */
  readonly repairConditions?: Conditions;
  /** Changes what a run of `repair` works with. */
  readonly repair?: (parts: RepairParts, memory: MemoryTable) => RepairParts;
  /** Environments ask services however these fare. */
  readonly isUnguarded?: boolean;
  /** Children are read before their parents are done. */
  readonly ignoresParents?: boolean;
}
