import { dirname, relative, resolve } from 'node:path';
import type { Lookup, Pipeline } from '#core/pipeline/pipeline.ts';
import type { ReferenceTable } from '#local/fill-reference-table.ts';
import type { LoadedPipeline } from '../load-pipeline.ts';
import { openEventFile } from '../read-events/open-event-file.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Reads the files that a pipeline's lookups name for runs on this machine, one a table. Throws `UsageError` where one
 * is not named or can't be read, or where a row has no key.
 */
export async function readReferenceFiles({ pipeline, file }: LoadedPipeline): Promise<ReferenceTable[]> {
  const tables = new Map<string, Lookup>();
  for (const lookup of pipeline.lookups) {
    const other = tables.get(lookup.table) ?? lookup;
    if (other.localFile !== lookup.localFile || other.tableKey !== lookup.tableKey) {
      throw new UsageError(
        `lookup.${other.name} and lookup.${lookup.name} of pipeline ${pipeline.name} are of one table, ` +
          `${lookup.table}: give both the same tableKey and the same localFile.`,
      );
    }
    tables.set(lookup.table, other);
  }
  return Promise.all([...tables.values()].map((lookup) => readReferenceFile(pipeline, lookup, file)));
}

async function readReferenceFile(
  pipeline: Pipeline,
  { localFile, name, table, tableKey }: Lookup,
  pipelineFile: string,
): Promise<ReferenceTable> {
  if (localFile === undefined) {
    throw new UsageError(
      `lookup.${name} of pipeline ${pipeline.name} names no localFile. On this machine, its table is filled from ` +
        `one: name a CSV, JSON or Parquet file with a column ${tableKey}, relative to the pipeline's.`,
    );
  }
  const path = resolve(dirname(pipelineFile), localFile);
  const texts = textFields(pipeline, table);
  const rows = new Map<string, Record<string, unknown>>();
  let read = 0;
  for await (const batch of (await openEventFile(path)).batches()) {
    for (const row of batch) {
      read += 1;
      const value = row.kind === 'event' ? (row.value as Record<string, unknown> | null) : null;
      const key = textOf(value?.[tableKey]);
      if (value === null || key === undefined) {
        const shown = relative(process.cwd(), path);
        throw new UsageError(
          `${shown}: row ${read} has no ${tableKey}, the key of the reference table ${table} (lookup.${name}).`,
        );
      }
      const asTexts = Object.entries(value).map(([field, each]) => [
        field,
        texts.has(field) ? (textOf(each) ?? each) : each,
      ]);
      rows.set(key, { ...Object.fromEntries(asTexts), [tableKey]: key });
    }
  }
  return { table, key: tableKey, rows: [...rows.values()] };
}

/** Fields that the definition has as text. A CSV does not tell `12` from `'12'`. */
function textFields(pipeline: Pipeline, table: string): ReadonlySet<string> {
  const fields = pipeline.lookups.filter((each) => each.table === table).flatMap((each) => each.fields);
  return new Set(fields.filter(({ type }) => type === 'string').map(({ attribute }) => attribute));
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
