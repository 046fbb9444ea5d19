import type { GroupKey } from './brand.ts';
import { ByteReader } from './bytes/byte-reader.ts';
import { ByteWriter } from './bytes/byte-writer.ts';
import { CorruptError } from './bytes/corrupt-error.ts';
import { readSortedTexts, writeSortedTexts } from './bytes/front-coding.ts';
import type { Compression } from './compression.ts';
import { GroupTable } from './group-table.ts';
import type { ColumnKind } from './metrics/metric-kind.ts';
import { columnKind } from './metrics/metric-kinds.ts';

/*
 * Version 1: a byte, the version and a flag, then the body, deflated unless the flag says that it is stored raw:
 *   the number of metrics; for each its name and its kind, with the kind's parameters (texts)
 *   the number of groups; for each key, by increasing code units: how many units it shares with the key before it,
 *     and the rest (a text)
 *   for each metric, its column, rows in the order of the keys
 * Version 2, of a window of which something was left out: the same, the body beginning with how many events are reduced
 *   and how many are held (zigzags, not both 0)
 */
const VERSION = 1;
const VERSION_WITH_HOLES = 2;
const RAW = 0x80;

/** A body is never larger, so that small foreign bytes can't fill the memory when they are inflated. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** The same for the keys, which front coding can inflate likewise: their length in full, all together. */
const KEY_UNITS_MAX = 16 * 1024 * 1024;

/**
 * All groups of a table as bytes, from which `decodeGroups` makes the table without any definition. The same states
 * give the same bytes, however they came about. Throws `RangeError` for a table that is too large to be read again.
 */
export function encodeGroups(table: GroupTable, compression: Compression): Uint8Array {
  const body = encodeBody(table);
  if (body.length > BODY_BYTES_MAX) {
    throw new RangeError(
      `a block of ${body.length} bytes; at most ${BODY_BYTES_MAX} can be read again: lower the cap on groups`,
    );
  }
  const deflated = compression.deflate(body);
  const raw = deflated.length >= body.length;
  const block = new ByteWriter();
  const version = hasHoles(table) ? VERSION_WITH_HOLES : VERSION;
  block.byte(raw ? version | RAW : version);
  block.raw(raw ? body : deflated);
  return block.finish();
}

/** Reads what `encodeGroups` wrote, in this version of the format. Throws `CorruptError` for any other bytes. */
export function decodeGroups(bytes: Uint8Array, compression: Compression): GroupTable {
  const first = new ByteReader(bytes).byte('the version of a block');
  const version = first & ~RAW;
  if (version !== VERSION && version !== VERSION_WITH_HOLES) {
    const hint = version > VERSION_WITH_HOLES ? ', which newer code wrote: deploy that code' : '';
    const known = `${VERSION} or ${VERSION_WITH_HOLES}`;
    throw new CorruptError(`a block of version ${known}`, 0, `version ${version}${hint}`);
  }
  const stored = bytes.subarray(1);
  const body = (first & RAW) === 0 ? inflate(stored, compression) : stored;
  return decodeBody(body, version === VERSION_WITH_HOLES);
}

function hasHoles({ held, reduced }: GroupTable): boolean {
  return reduced !== 0 || held !== 0;
}

function encodeBody(table: GroupTable): Uint8Array {
  const out = new ByteWriter();
  if (hasHoles(table)) {
    out.zigzag(table.reduced);
    out.zigzag(table.held);
  }
  out.varint(table.layout.length);
  for (const { name, kind } of table.layout) {
    out.text(name);
    out.text(kind);
  }
  const rows = [...table.keys()].map((key, row) => ({ key, row })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const keys = rows.map(({ key }) => key);
  const order = rows.map(({ row }) => row);
  writeSortedTexts(out, keys, KEY_UNITS_MAX);
  for (const index of table.layout.keys()) table.column(index).write(out, order);
  return out.finish();
}

function decodeBody(body: Uint8Array, withHoles: boolean): GroupTable {
  const input = new ByteReader(body);
  const reduced = withHoles ? input.zigzag('the number of reduced events') : 0;
  const held = withHoles ? input.zigzag('the number of held events') : 0;
  if (withHoles && reduced === 0 && held === 0) throw input.corrupt('a number other than 0', '0 and 0');
  const metrics = readLayout(input);
  const keys = readSortedTexts(input, KEY_UNITS_MAX, 'groups') as GroupKey[];
  const columns = metrics.map(({ kind }) => kind.readColumn(input, keys.length));
  input.end();
  const layout = metrics.map(({ name, kind }) => ({ name, kind: kind.kind }));
  const table = new GroupTable(layout, keys, columns);
  table.reduced = reduced;
  table.held = held;
  return table;
}

function readLayout(input: ByteReader): { name: string; kind: ColumnKind }[] {
  const metrics: { name: string; kind: ColumnKind }[] = [];
  const count = input.count(2, 'the number of metrics');
  while (metrics.length < count) {
    const name = input.text('the name of a metric');
    const kind = columnKind(input.text('the kind of a metric'));
    if (kind === undefined) {
      const found = "another; if it is a pipeline's own, import the pipeline before its blocks are read";
      throw input.corrupt('a kind of metric that this code knows', found);
    }
    metrics.push({ name, kind });
  }
  return metrics;
}

function inflate(bytes: Uint8Array, compression: Compression): Uint8Array {
  try {
    return compression.inflate(bytes, BODY_BYTES_MAX);
  } catch (cause) {
    const found = cause instanceof RangeError ? `more than ${BODY_BYTES_MAX} bytes` : 'damaged ones';
    throw new CorruptError('deflated bytes', 1, found, { cause });
  }
}
