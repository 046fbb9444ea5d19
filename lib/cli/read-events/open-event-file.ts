import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type AsyncBuffer, asyncBufferFromFile } from 'hyparquet';
import { UsageError } from '#cli/usage-error.ts';
import { byteChunks, type TextFile } from './byte-chunks.ts';
import type { EventFile, InputEvent, InputFormat } from './input-event.ts';
import { eventFromText } from './json-event.ts';
import { findLineNotUtf8, readCsv, readCsvColumns } from './read-csv.ts';
import { arrayProblemMessage, checkJsonArray, readJsonArray } from './read-json-array.ts';
import { EVENT_BYTES_MAX, readNdjson } from './read-ndjson.ts';
import { openParquet, readParquet } from './read-parquet.ts';
import { sniffFormat, unreadableKind } from './sniff-format.ts';

const SAMPLE_BYTES = 64 * 1024;
/** A gzip'd Parquet file is decompressed in memory: up to here. */
const GZIPPED_PARQUET_BYTES_MAX = 1024 * 1024 * 1024;

/**
 * Opens a file of events: a JSON array, lines of JSON, CSV or Parquet, each gzip'd or not, told by its content and
 * then by its name. Compression, an array's brackets and a CSV's characters are checked through to the end first,
 * so that a damaged file is refused before any of its events is used. Throws `UsageError`.
 */
export async function openEventFile(path: string): Promise<EventFile> {
  const sizeBytes = await readableSize(path);
  const file: TextFile = { path, sizeBytes, gzipped: false };
  const head = await readSample(file);
  if (head.bytes.subarray(0, 4).equals(Buffer.from('PAR1')))
    return parquetFile(path, await asyncBufferFromFile(path));
  if (!head.bytes.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return textFile(file, head);

  const gzipped: TextFile = { ...file, gzipped: true };
  const sample = await readSample(gzipped);
  if (!sample.bytes.subarray(0, 4).equals(Buffer.from('PAR1'))) return textFile(gzipped, sample);
  return parquetFile(path, await decompressedParquet(path));
}

async function readableSize(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new UsageError(`${path} is a folder. Name one file in it.`);
    if (!found.isFile())
      throw new UsageError(`${path} is no regular file. Write what it gives to a file first.`);
    await access(path, constants.R_OK);
    return found.size;
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    throw new UsageError(openingProblem(path, error));
  }
}

/** What is wrong with a file that the system will not open, and what to do. */
export function openingProblem(path: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return `${path} does not exist (looked in ${process.cwd()}).`;
  if (error.code === 'EACCES')
    return `${path} may not be read by this user. Change its permissions (chmod +r).`;
  return `${path} can't be opened: ${error.message}.`;
}

interface Sample {
  readonly bytes: Buffer;
  /** The sample is the whole text. */
  readonly complete: boolean;
}

async function readSample(file: TextFile): Promise<Sample> {
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of byteChunks(file, () => {})) {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length > SAMPLE_BYTES) return { bytes: bytes.subarray(0, SAMPLE_BYTES), complete: false };
  }
  return { bytes, complete: true };
}

async function textFile(file: TextFile, sample: Sample): Promise<EventFile> {
  const { path } = file;
  const unreadable = unreadableKind(sample.bytes);
  if (unreadable !== undefined) throw new UsageError(`${path} is ${unreadable}.`);
  const sniffed = sniffFormat(sample.bytes, sample.complete, basename(path));
  if (sniffed === undefined) {
    throw new UsageError(
      `What ${path} holds can't be told from its beginning. Weir reads a JSON array, lines of JSON (.ndjson), ` +
        'CSV with a header row (.csv) and Parquet, each gzip-compressed or not; name the file accordingly.',
    );
  }
  if (sniffed.format === 'csv') {
    const badLine = await findLineNotUtf8(byteChunks(file, () => {}));
    if (badLine !== undefined) {
      throw new UsageError(
        `${path}: line ${badLine} is not UTF-8. Convert the file (\`iconv -f WINDOWS-1252 -t UTF-8\`).`,
      );
    }
    const columns = await readCsvColumns(path, sample.bytes, sniffed.delimiter);
    return streamed(file, 'csv', columns, (chunks) => readCsv(path, chunks, sniffed.delimiter));
  }
  if (sniffed.format === 'array') {
    const problem = await checkJsonArray(byteChunks(file, () => {}));
    if (problem !== undefined) throw new UsageError(arrayProblemMessage(path, problem));
    return streamed(file, 'json array', undefined, (chunks) => readJsonArray(path, chunks));
  }
  if (file.gzipped) await readThrough(byteChunks(file, () => {}));
  const single = sniffed.format === 'one value' ? await readSingle(file) : undefined;
  if (single === undefined) return streamed(file, 'ndjson', undefined, (chunks) => readNdjson(path, chunks));
  return {
    path,
    format: 'json',
    columns: undefined,
    async *batches() {
      yield [single];
    },
    progress: () => 1,
  };
}

/** A file that is one JSON value over several lines; `undefined` where it is not. */
async function readSingle(file: TextFile): Promise<InputEvent | undefined> {
  if (file.sizeBytes > EVENT_BYTES_MAX) return undefined;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of byteChunks(file, () => {})) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > EVENT_BYTES_MAX) return undefined;
  }
  const event = eventFromText(Buffer.concat(chunks).toString('utf8').trim());
  return event.kind === 'event' ? event : undefined;
}

function streamed(
  file: TextFile,
  format: InputFormat,
  columns: readonly string[] | undefined,
  read: (chunks: AsyncIterable<Buffer>) => AsyncIterable<readonly InputEvent[]>,
): EventFile {
  let readBytes = 0;
  return {
    path: file.path,
    format,
    columns,
    batches: () => read(byteChunks(file, (bytes) => (readBytes = bytes))),
    progress: () => (file.sizeBytes === 0 ? 1 : readBytes / file.sizeBytes),
  };
}

async function parquetFile(path: string, file: AsyncBuffer): Promise<EventFile> {
  const table = await openParquet(path, file);
  let rowsRead = 0;
  return {
    path,
    format: 'parquet',
    columns: table.columns.map(({ name }) => name),
    batches: () => readParquet(path, file, table, (rows) => (rowsRead = rows)),
    progress: () => (table.rows === 0 ? 1 : rowsRead / table.rows),
  };
}

async function decompressedParquet(path: string): Promise<AsyncBuffer> {
  try {
    const bytes = await promisify(gunzip)(await readFile(path), {
      maxOutputLength: GZIPPED_PARQUET_BYTES_MAX,
    });
    return {
      byteLength: bytes.byteLength,
      slice: (start, end) => Uint8Array.prototype.slice.call(bytes, start, end).buffer,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `${path} can't be decompressed in memory (${why}). Parquet is compressed in itself: decompress it (\`gunzip\`).`,
    );
  }
}

async function readThrough(chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of chunks);
}
