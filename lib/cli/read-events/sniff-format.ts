import { extname } from 'node:path';

/** What a text file's beginning says it is. */
export type SniffedFormat =
  | { readonly format: 'ndjson' | 'one value' | 'array' | 'empty' }
  | { readonly format: 'csv'; readonly delimiter: string };

const DELIMITERS = [',', '\t', ';', '|'] as const;

/** Files of these kinds are known, and not read. */
const KNOWN_MAGIC: readonly (readonly [magic: string, what: string])[] = [
  ['28b52ffd', 'zstd-compressed; decompress it first (`zstd -d`)'],
  ['425a68', 'bzip2-compressed; decompress it first (`bunzip2`)'],
  ['fd377a585a00', 'xz-compressed; decompress it first (`unxz`)'],
  ['1f8b', 'gzip-compressed twice; decompress it once (`gunzip`)'],
  ['504b0304', 'a zip archive or a spreadsheet; unpack it, or save it as CSV'],
  ['4f626a01', 'Avro; convert it to Parquet or lines of JSON'],
  ['4152524f5731', 'Arrow; convert it to Parquet'],
  ['4f5243', 'ORC; convert it to Parquet'],
  ['fffe', 'UTF-16; convert it to UTF-8 (`iconv -f UTF-16 -t UTF-8`)'],
  ['feff', 'UTF-16; convert it to UTF-8 (`iconv -f UTF-16 -t UTF-8`)'],
];

/** What a file is that can't be read, told by its first bytes. */
export function unreadableKind(head: Buffer): string | undefined {
  const hex = head.subarray(0, 8).toString('hex');
  const known = KNOWN_MAGIC.find(([magic]) => hex.startsWith(magic));
  if (known !== undefined) return known[1];
  return head.includes(0) ? 'no text; Weir reads JSON, lines of JSON, CSV and Parquet' : undefined;
}

/**
 * Tells a text file's format by its beginning, and where that leaves a choice, by its name.
 * `sample` is the decompressed beginning without byte order mark; `complete` says whether it is the whole file.
 */
export function sniffFormat(sample: Buffer, complete: boolean, fileName: string): SniffedFormat | undefined {
  const text = sample.toString('utf8');
  const lines = wholeLines(text, complete);
  const firstCharacter = text.trimStart().charAt(0);
  if (firstCharacter === '') return complete ? { format: 'empty' } : undefined;

  const extension = extname(fileName.toLowerCase().replace(/\.gz$/, ''));
  const namedLines = ['.ndjson', '.jsonl', '.ldjson'].includes(extension);
  if (firstCharacter === '[') {
    const moreLines = lines.length > 1 || !complete;
    return { format: (moreLines && isJson(lines[0] ?? '')) || mostlyEvents(lines) ? 'ndjson' : 'array' };
  }
  const namedCsv = ['.csv', '.tsv', '.tab', '.psv'].includes(extension);
  if (firstCharacter === '{' && !(namedCsv && !isJson(lines[0] ?? text))) {
    return { format: namedLines || isJson(lines[0] ?? '') || mostlyEvents(lines) ? 'ndjson' : 'one value' };
  }
  const delimiter = delimiterOf(lines[0] ?? text);
  if (namedCsv) return { format: 'csv', delimiter: delimiter ?? (extension === '.tsv' ? '\t' : ',') };
  if (namedLines || extension === '.json' || mostlyEvents(lines)) return { format: 'ndjson' };
  return delimiter === undefined ? undefined : { format: 'csv', delimiter };
}

function wholeLines(text: string, complete: boolean): string[] {
  const lines = text.split('\n');
  if (!complete) lines.pop();
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** Whether most lines are a JSON object each. An array written with an element a line has commas at their ends. */
function mostlyEvents(lines: readonly string[]): boolean {
  const events = lines.filter((line) => line.startsWith('{') && isJson(line)).length;
  return events > 0 && events * 2 >= lines.length;
}

/** The separator that the header row has most of. */
function delimiterOf(header: string): string | undefined {
  const unquoted = header.replaceAll(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? undefined : DELIMITERS[counts.indexOf(most)];
}
