import type { GroupKey } from './brand.ts';
import type { MetricColumn, MetricValue } from './metrics/metric-kind.ts';
import { metricKind } from './metrics/metric-kinds.ts';

/** One metric of a table: its name in the definition, and the name of its kind, with the kind's parameters. */
export interface LayoutMetric {
  readonly name: string;
  readonly kind: string;
}

/** The metrics of a table, in the definition's order. */
export type Layout = readonly LayoutMetric[];

/**
 * The groups of one window of one aggregate: a row a group, a column a metric. Rows are numbered from 0 as they are
 * added, and stay.
 */
export class GroupTable {
  readonly layout: Layout;
  /**
   * Events of the window that were left out under load and not caught up on yet: of which only the essential metrics
   * have something, and of which none has. Beside the states and merged like them, so that whoever has some part of a
   * window's values also has what these lack. Repairs count down: alone, their numbers are below 0.
   */
  reduced = 0;
  held = 0;
  readonly #columns: readonly MetricColumn[];
  readonly #rows: Map<GroupKey, number>;

  /** A table of these keys, a row each, in that order, in columns that have as many rows. */
  constructor(layout: Layout, keys: Iterable<GroupKey>, columns: readonly MetricColumn[]) {
    this.layout = layout;
    this.#columns = columns;
    this.#rows = new Map();
    for (const key of keys) this.#rows.set(key, this.#rows.size);
  }

  /** Throws `RangeError` if the layout has an unknown kind of metric. */
  static empty(layout: Layout): GroupTable {
    return new GroupTable(
      layout,
      [],
      layout.map(({ kind }) => metricKind(kind).newColumn()),
    );
  }

  /** A table of the same layout, without groups. */
  emptyLike(): GroupTable {
    return GroupTable.empty(this.layout);
  }

  /** How many groups there are. */
  get size(): number {
    return this.#rows.size;
  }

  /** The keys in the order of their rows. */
  keys(): Iterable<GroupKey> {
    return this.#rows.keys();
  }

  has(key: GroupKey): boolean {
    return this.#rows.has(key);
  }

  /** The row of this group; a new one, of the identity states, if it had none. */
  row(key: GroupKey): number {
    const row = this.#rows.get(key);
    if (row !== undefined) return row;
    const added = this.#rows.size;
    this.#rows.set(key, added);
    for (const column of this.#columns) column.addRow();
    return added;
  }

  /** The column of the layout's metric `index`. */
  column(index: number): MetricColumn {
    const column = this.#columns[index];
    if (column === undefined)
      throw new RangeError(`no column ${index} in a table of ${this.#columns.length}`);
    return column;
  }

  /** The answers for one row, in the layout's order. `windowMs`: how long the window is, for those who know it. */
  values(row: number, windowMs?: number): MetricValue[] {
    return this.#columns.map((column) => column.value(row, windowMs));
  }

  /**
   * Merges all groups of another table into this one, each into the group of its own key, or of the one that
   * `keyFor` gives; those for which it gives none are left out. The other table is left as it was. Throws `TypeError`
   * where the layouts differ.
   */
  mergeFrom(other: GroupTable, keyFor: (key: GroupKey) => GroupKey | undefined = (key) => key): void {
    if (!sameLayout(this.layout, other.layout)) {
      throw new TypeError(`a table of ${inWords(this.layout)} can't take in one of ${inWords(other.layout)}`);
    }
    this.reduced += other.reduced;
    this.held += other.held;
    for (const [key, otherRow] of other.#rows) {
      const into = keyFor(key);
      if (into === undefined) continue;
      const row = this.row(into);
      for (const [at, column] of this.#columns.entries()) column.merge(row, other.column(at), otherRow);
    }
  }
}

function sameLayout(a: Layout, b: Layout): boolean {
  if (a === b) return true;
  return (
    a.length === b.length && a.every(({ name, kind }, at) => name === b[at]?.name && kind === b[at].kind)
  );
}

function inWords(layout: Layout): string {
  return `(${layout.map(({ name, kind }) => `${name}: ${kind}`).join(', ')})`;
}
