import type { Rejection } from '#core/rejection.ts';
import type { DecodedEvent, RecordTools, WholeRecord } from './decoded-event.ts';
import { decompressRecord } from './decompress-record.ts';
import { RECORD_LIMITS } from './limits.ts';
import { nestsDeeperThan } from './nesting.ts';
import { PACKED_COLUMNS, RECORD_ID_MAX } from './packed-columns.ts';
import { whereJsonFailed } from './parse-json.ts';
import { rejectedEvent } from './rejected-event.ts';

/**
 * The events of a record that starts like packed columns. The bytes are foreign: whatever is wrong with them, the
 * record as a whole becomes one rejected event, with the record's bytes as its payload.
 */
export function decodePackedColumns(bytes: Uint8Array, tools: RecordTools): DecodedEvent[] {
  const unpacked = readRows(bytes, tools);
  if ('reason' in unpacked)
    return [rejectedEvent(unpacked.reason, `packed record: ${unpacked.detail}`, bytes)];
  const { rows, id } = unpacked;
  if (id === undefined) return rows.map((value): DecodedEvent => ({ ok: true, value }));
  const within: WholeRecord = { id, isLast: false };
  const last: WholeRecord = { id, isLast: true };
  return rows.map(
    (value, i): DecodedEvent => ({ ok: true, value, whole: i + 1 < rows.length ? within : last }),
  );
}

interface Unpacked {
  readonly rows: Record<string, unknown>[];
  readonly id: string | undefined;
}

function readRows(bytes: Uint8Array, tools: RecordTools): Unpacked | Rejection {
  const version = bytes[PACKED_COLUMNS.magic.length];
  if (version !== PACKED_COLUMNS.version) {
    return damaged(
      `of version ${version ?? '(cut off)'}, expected ${PACKED_COLUMNS.version}: deploy a Weir that reads it`,
    );
  }
  const json = decompressRecord(bytes.subarray(PACKED_COLUMNS.headerBytes), 'gzip', tools);
  if (!(json instanceof Uint8Array)) return json;
  const text = tools.text(json);
  if (text === undefined) return damaged('its columns are no UTF-8');
  let columns: unknown;
  try {
    columns = JSON.parse(text);
  } catch (error) {
    return { reason: 'not_json', detail: `its columns are no JSON${whereJsonFailed(error)}` };
  }
  return toRows(columns);
}

function toRows(columns: unknown): Unpacked | Rejection {
  if (!hasColumnLists(columns)) return damaged('expected a count n and the lists f, c and a');
  const { n, f, c, a, i: id } = columns;
  if (id !== undefined && !isRecordId(id))
    return damaged(`expected an id i of 1 to ${RECORD_ID_MAX} characters`);
  if (!Number.isInteger(n) || n < 1) return damaged('expected a count n of 1 or more');
  if (n > RECORD_LIMITS.eventsMax) {
    return { reason: 'too_large', detail: `${n} events, at most ${RECORD_LIMITS.eventsMax} are read` };
  }
  if (c.length !== f.length || a.length !== f.length) return damaged('f, c and a are not of one length');
  if (new Set(f).size !== f.length) return damaged('a field is named twice');
  const rows = Array.from({ length: n }, (): Record<string, unknown> => ({}));
  for (const [column, name] of f.entries()) {
    const values: unknown = c[column];
    const runs: unknown = a[column];
    if (typeof name !== 'string' || !Array.isArray(values) || !Array.isArray(runs)) {
      return damaged(`column ${column}: expected a name, a list of values and a list of runs`);
    }
    const absent = countAbsent(runs, n);
    if (absent === undefined || values.length !== n - absent) {
      return damaged(`column ${column}: ${values.length} values and its runs do not make up ${n} events`);
    }
    for (const value of values) {
      if (typeof value === 'object' && nestsDeeperThan(value, RECORD_LIMITS.nestingMax - 1)) {
        return {
          reason: 'too_large',
          detail: `column ${column}: nested deeper than ${RECORD_LIMITS.nestingMax}`,
        };
      }
    }
    fill(rows, name, values, runs);
  }
  return { rows, id };
}

function isRecordId(id: unknown): id is string {
  return typeof id === 'string' && id.length >= 1 && id.length <= RECORD_ID_MAX;
}

function hasColumnLists(
  value: unknown,
): value is { n: number; f: unknown[]; c: unknown[]; a: unknown[]; i?: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const { n, f, c, a } = value as Record<string, unknown>;
  return typeof n === 'number' && Array.isArray(f) && Array.isArray(c) && Array.isArray(a);
}

/** How many of `rows` events lack a field; `undefined` when its runs are not what an encoder writes. */
function countAbsent(runs: readonly unknown[], rows: number): number | undefined {
  let covered = 0;
  let absent = 0;
  for (const [index, length] of runs.entries()) {
    const first = index === 0 ? 0 : 1; // the first event may lack the field; no other run is empty
    if (typeof length !== 'number' || !Number.isInteger(length) || length < first) return undefined;
    covered += length;
    if (index % 2 === 1) absent += length;
  }
  return runs.length % 2 === 0 && covered <= rows ? absent : undefined;
}

function fill(
  rows: Record<string, unknown>[],
  name: string,
  values: unknown[],
  runs: readonly number[],
): void {
  let row = 0;
  let next = 0;
  for (let run = 0; run <= runs.length; run += 2) {
    const present = runs[run] ?? rows.length - row;
    for (const end = row + present; row < end; row++) {
      const target = rows[row];
      if (target !== undefined) setOwn(target, name, values[next++]);
    }
    row += runs[run + 1] ?? 0;
  }
}

/** As JSON.parse does: a field called `__proto__` is a field, and sets no prototype. */
function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

function damaged(detail: string): Rejection {
  return { reason: 'bad_compression', detail };
}
