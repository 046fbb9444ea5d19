/** A cell that JSON would call a number, blanks around it allowed. `007` is none: it would lose its zeros. */
const NUMBER = /^ *-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)? *$/;

/**
 * A CSV cell as a JSON value; `undefined` where the cell is empty. Integers that a number can't hold exactly, and
 * numbers beyond its range, stay text: what a cell says is not changed.
 */
export function cellValue(cell: string): string | number | boolean | undefined {
  if (cell === '') return undefined;
  if (cell === 'true') return true;
  if (cell === 'false') return false;
  if (!NUMBER.test(cell)) return cell;
  const value = Number(cell);
  if (!Number.isFinite(value)) return cell;
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^ *-?\d+ *$/.test(cell)) return cell;
  return value;
}

/** The event of a row. Columns without a name are left out, and so are empty cells. */
export function rowEvent(columns: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const event: Record<string, unknown> = {};
  for (let index = 0; index < columns.length; index++) {
    const name = columns[index];
    const value = cellValue(cells[index] ?? '');
    if (name === undefined || name === '' || value === undefined) continue;
    setField(event, name, value);
  }
  return event;
}

/** As JSON.parse does it: a field named `__proto__` is a field, not the object's prototype. */
export function setField(event: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(event, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    event[name] = value;
  }
}

/** Column names from the header row, or what is wrong with them. */
export function columnNames(header: readonly string[]): string[] | string {
  const names = header.map((name) => name.trim());
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (twice !== undefined) return `two columns are named "${twice}"; give each a name of its own`;
  if (names.every((name) => name === '')) return 'the header row names no column';
  return names;
}
