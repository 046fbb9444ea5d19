import type { PackableEvent } from './packable-event.ts';

/**
 * The project's own record format: events by column, which compresses and parses far better than lines.
 *
 * Three bytes that start neither UTF-8 text nor gzip, one byte of version, then gzip of the JSON
 * `{"n":2,"f":["delay","origin"],"c":[[5,null],["SFO"]],"a":[[],[0,1]]}`: the count of events, the fields' names,
 * each field's values in the events' order, and which events lack the field (absent is not `null`). The last is run
 * lengths, present and absent in turn, as far as the last event that lacks it; a field's values are as many as the
 * events that have it. The example is `{"delay":5}` and `{"delay":null,"origin":"SFO"}`.
 *
 * A record may have an id of its own, `"i"`: its producer says by it that no other record has the same events, other
 * than a copy of this one. A record is then a duplicate as a whole, or not at all.
 */
export const PACKED_COLUMNS = { magic: [0xc7, 0x57, 0x52], version: 1, headerBytes: 4 } as const;

/** What packing needs of its surroundings. Both functions are synchronous. */
export interface PackTools {
  gzip(bytes: Uint8Array): Uint8Array;
  /** Text to UTF-8. */
  utf8(text: string): Uint8Array;
}

interface Columns {
  readonly n: number;
  readonly f: readonly string[];
  readonly c: readonly (readonly unknown[])[];
  readonly a: readonly (readonly number[])[];
  readonly i?: string;
}

/** Longest id of a record, in characters. */
export const RECORD_ID_MAX = 64;

export function startsLikePackedColumns(bytes: Uint8Array): boolean {
  const [first, second, third] = PACKED_COLUMNS.magic;
  return bytes[0] === first && bytes[1] === second && bytes[2] === third;
}

/** One record of all `events`: 1 to `RECORD_LIMITS.eventsMax`. `id`: where they are in no other record. */
export function encodePackedColumns(
  events: readonly PackableEvent[],
  tools: PackTools,
  id?: string,
): Uint8Array {
  const columns = id === undefined ? toColumns(events) : { ...toColumns(events), i: id };
  const compressed = tools.gzip(tools.utf8(JSON.stringify(columns)));
  const bytes = new Uint8Array(PACKED_COLUMNS.headerBytes + compressed.length);
  bytes.set([...PACKED_COLUMNS.magic, PACKED_COLUMNS.version]);
  bytes.set(compressed, PACKED_COLUMNS.headerBytes);
  return bytes;
}

function toColumns(events: readonly PackableEvent[]): Columns {
  const columns: ColumnBuilder[] = [];
  const byName = new Map<string, ColumnBuilder>();
  for (const [row, event] of events.entries()) {
    // Events mostly have the same fields in the same order: then the next column is the right one.
    let next = 0;
    for (const name of Object.keys(event.fields)) {
      const value = event.fields[name];
      if (value === undefined) continue;
      let column = columns[next];
      if (column?.name !== name) {
        column = byName.get(name);
        if (column === undefined) {
          column = new ColumnBuilder(name, columns.length);
          columns.push(column);
          byName.set(name, column);
        }
      }
      column.set(row, value);
      next = column.index + 1;
    }
  }
  return {
    n: events.length,
    f: columns.map((column) => column.name),
    c: columns.map((column) => column.values),
    a: columns.map((column) => column.runsUntil(events.length)),
  };
}

class ColumnBuilder {
  readonly name: string;
  /** Its place among the columns. */
  readonly index: number;
  readonly values: unknown[] = [];
  readonly #runs: number[] = [];
  #presentFrom = 0;
  /** The row after the last one that has the field. */
  #end = 0;

  constructor(name: string, index: number) {
    this.name = name;
    this.index = index;
  }

  set(row: number, value: unknown): void {
    this.#absentUntil(row);
    this.values.push(value);
    this.#end = row + 1;
  }

  runsUntil(rows: number): number[] {
    this.#absentUntil(rows);
    return this.#runs;
  }

  #absentUntil(row: number): void {
    if (row === this.#end) return;
    this.#runs.push(this.#end - this.#presentFrom, row - this.#end);
    this.#presentFrom = row;
  }
}
