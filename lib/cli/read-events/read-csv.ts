import { isUtf8 } from 'node:buffer';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { UsageError } from '#cli/usage-error.ts';
import { columnNames, rowEvent } from './csv-row.ts';
import type { InputEvent } from './input-event.ts';
import { EVENT_BYTES_MAX } from './read-ndjson.ts';

const BATCH_ROWS = 2000;

interface CsvRow {
  readonly record: string[];
  readonly raw: string;
}

/**
 * The rows of a CSV file as events; the first row names the fields. A row with another number of cells than the
 * header goes on as it stands in the file. A quote inside a cell that isn't quoted is part of the cell.
 */
export async function* readCsv(
  path: string,
  chunks: AsyncIterable<Buffer>,
  delimiter: string,
): AsyncGenerator<readonly InputEvent[]> {
  const parser = parse({
    delimiter,
    raw: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: EVENT_BYTES_MAX,
  });
  // Errors of the source destroy the parser, and are thrown by the loop below.
  pipeline(Readable.from(chunks), parser, () => {});
  let columns: string[] | undefined;
  let batch: InputEvent[] = [];
  try {
    for await (const row of parser as AsyncIterable<CsvRow>) {
      if (columns === undefined) {
        columns = headerOf(path, row.record);
        continue;
      }
      batch.push(
        row.record.length === columns.length
          ? { kind: 'event', value: rowEvent(columns, row.record) }
          : { kind: 'raw', bytes: Buffer.from(row.raw.trim()) },
      );
      if (batch.length === BATCH_ROWS) {
        yield batch;
        batch = [];
      }
    }
  } catch (error) {
    if (error instanceof CsvError) throw new UsageError(csvProblem(path, error));
    throw error;
  }
  if (batch.length > 0) yield batch;
}

/** The columns that the header row in a file's beginning names. */
export async function readCsvColumns(path: string, sample: Buffer, delimiter: string): Promise<string[]> {
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    relax_quotes: true,
    skip_empty_lines: true,
    to: 1,
  });
  parser.end(sample);
  for await (const record of parser as AsyncIterable<string[]>) return headerOf(path, record);
  return [];
}

/** The first line that is no UTF-8, counted from 1, if there is one. */
export async function findLineNotUtf8(chunks: AsyncIterable<Buffer>): Promise<number | undefined> {
  let line = 1;
  let carried: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const block = Buffer.concat([carried, chunk]);
    // A character of several bytes does not go over the end of a line.
    const end = block.lastIndexOf(0x0a) + 1;
    const bad = badLine(block.subarray(0, end), line);
    if (typeof bad === 'object') return bad.line;
    line = bad;
    carried = block.subarray(end);
    if (carried.length > EVENT_BYTES_MAX) return undefined; // said by the reader, as a row that is too long
  }
  const bad = badLine(carried, line);
  return typeof bad === 'object' ? bad.line : undefined;
}

/** The number of the line after the block, or of the first line in it that is no UTF-8. */
function badLine(block: Buffer, firstLine: number): number | { line: number } {
  const whole = isUtf8(block);
  let line = firstLine;
  for (let start = 0; start < block.length; line++) {
    const newline = block.indexOf(0x0a, start);
    const end = newline === -1 ? block.length : newline + 1;
    if (!whole && !isUtf8(block.subarray(start, end))) return { line };
    start = end;
  }
  return line;
}

function headerOf(path: string, cells: readonly string[]): string[] {
  const names = columnNames(cells);
  if (typeof names === 'string') throw new UsageError(`${path}: ${names}.`);
  return names;
}

function csvProblem(path: string, error: CsvError): string {
  const row = Number(error['records']) + 1;
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
    return `${path}: row ${row} (the header is row 1) opens a quote that is never closed. Close it, or double it to mean the character.`;
  }
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    const limit = EVENT_BYTES_MAX / 1024 / 1024;
    return `${path}: row ${row} (the header is row 1) is longer than ${limit} MB. Is a quote in it never closed?`;
  }
  return `${path} can't be read as CSV: ${error.message}.`;
}
