import {
  type AsyncBuffer,
  type ColumnData,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { UsageError } from '#cli/usage-error.ts';
import { setField } from './csv-row.ts';
import type { InputEvent } from './input-event.ts';
import { conversionFor, isDecimal, PARQUET_PARSERS, type ValueConversion } from './parquet-values.ts';

const BATCH_ROWS = 2000;
/** A row group is held in memory whole: up to here, decompressed. */
const ROW_GROUP_BYTES_MAX = 1024 * 1024 * 1024;

interface Column {
  readonly name: string;
  readonly convert: ValueConversion;
}

/** A Parquet file's description: what its columns are and where its rows lie. */
export interface ParquetTable {
  readonly metadata: FileMetaData;
  readonly columns: readonly Column[];
  readonly rows: number;
}

/** Reads the description at the file's end. Throws `UsageError` where it can't be read. */
export async function openParquet(path: string, file: AsyncBuffer): Promise<ParquetTable> {
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(file);
  } catch (error) {
    throw new UsageError(`${path} is no whole Parquet file (${messageOf(error)}). Get the file again.`);
  }
  const tops = parquetSchema(metadata).children;
  const columns = tops.map(({ element, children }) => ({
    name: element.name,
    convert: conversionFor(children.length === 0 ? element : { name: element.name }),
  }));
  // Decimals are asked for as they are stored: the library would multiply them by a power of ten that is rounded.
  const decimals = new Set(tops.filter(({ element }) => isDecimal(element)).map(({ element }) => element));
  const schema = metadata.schema.map((element) => {
    if (!decimals.has(element)) return element;
    const { converted_type: _type, logical_type: _logical, ...stored } = element;
    return stored;
  });
  return { metadata: { ...metadata, schema }, columns, rows: Number(metadata.num_rows) };
}

/** The rows as events, one row group in memory at a time. `onRows` hears how many rows have been given out. */
export async function* readParquet(
  path: string,
  file: AsyncBuffer,
  table: ParquetTable,
  onRows: (rows: number) => void,
): AsyncGenerator<readonly InputEvent[]> {
  let rowsBefore = 0;
  for (const group of table.metadata.row_groups) {
    if (group.total_byte_size > ROW_GROUP_BYTES_MAX) {
      throw new UsageError(
        `${path}: a row group has ${group.total_byte_size} bytes, more than the ${ROW_GROUP_BYTES_MAX} that are held in memory. ` +
          'Write the file with smaller row groups, e.g. with DuckDB: ' +
          "COPY (FROM 'it.parquet') TO 'smaller.parquet' (ROW_GROUP_SIZE 100000).",
      );
    }
    const rows = Number(group.num_rows);
    const data = await readRowGroup(path, file, table, rowsBefore, rows);
    for (let start = 0; start < rows; start += BATCH_ROWS) {
      const end = Math.min(start + BATCH_ROWS, rows);
      yield rowEvents(table.columns, data, start, end);
      onRows(rowsBefore + end);
    }
    rowsBefore += rows;
  }
}

async function readRowGroup(
  path: string,
  file: AsyncBuffer,
  table: ParquetTable,
  rowStart: number,
  rows: number,
): Promise<ArrayLike<unknown>[]> {
  const chunks = new Map<string, ColumnData[]>();
  try {
    await parquetRead({
      file,
      metadata: table.metadata,
      compressors,
      parsers: PARQUET_PARSERS,
      utf8: false,
      rowStart,
      rowEnd: rowStart + rows,
      onChunk: (chunk) => {
        const of = chunks.get(chunk.columnName);
        if (of === undefined) chunks.set(chunk.columnName, [chunk]);
        else of.push(chunk);
      },
    });
  } catch (error) {
    throw new UsageError(
      `${path}: the rows from ${rowStart + 1} on can't be read (${messageOf(error)}). ` +
        'Get the file again, or write it anew with DuckDB, without columns that no event needs.',
    );
  }
  return table.columns.map(({ name }) => {
    const parts = (chunks.get(name) ?? []).map(({ columnData }) => columnData as ArrayLike<unknown>);
    const data = parts.length === 1 ? parts[0] : parts.flatMap((part) => Array.from(part));
    if (data?.length !== rows) throw new Error(`column ${name}: ${data?.length} values for ${rows} rows`);
    return data;
  });
}

function rowEvents(
  columns: readonly Column[],
  data: readonly ArrayLike<unknown>[],
  start: number,
  end: number,
): InputEvent[] {
  const events: InputEvent[] = [];
  for (let row = start; row < end; row++) {
    const value: Record<string, unknown> = {};
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index];
      if (column !== undefined) setField(value, column.name, column.convert(data[index]?.[row]));
    }
    events.push({ kind: 'event', value });
  }
  return events;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
