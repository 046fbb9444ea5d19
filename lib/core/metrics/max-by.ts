import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { compareScalars } from '#core/sketches/sorted-scalars.ts';
import { compareOrder, type EventOrder } from './event-order.ts';
import type { MetricColumn, MetricKind, MetricValue, Scalar } from './metric-kind.ts';
import { readNumbers, writeNumbers } from './number-column.ts';
import { readOrders, writeOrders } from './order-column.ts';
import { sameKind } from './same-kind.ts';
import { readScalars, writeScalars } from './scalar-column.ts';

/** The event that wins so far: its number, its place, its value. */
type Kept = { -readonly [Part in keyof EventOrder]: EventOrder[Part] } & { by: number; value: Scalar };

/**
 * The value of the event that has the greatest, or the least, number in another field. Of several that have it, the
 * first by event time and place wins: so metrics by one field, side by side, are of one event.
 */
abstract class RankedColumn implements MetricColumn {
  readonly #kept: (Kept | undefined)[] = [];
  /** 1 where the greatest number wins, -1 where the least does. */
  readonly #sign: 1 | -1;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  addRow(): void {
    this.#kept.push(undefined);
  }

  add(row: number, value: Scalar, order: EventOrder, by = 0): void {
    const kept = this.#kept[row];
    if (kept !== undefined && !this.#wins(by, value, order, kept)) return;
    const { time, shard, sequence, index } = order;
    // Adding 0 turns -0 into 0: which of the two came first must not show.
    this.#kept[row] = { by: by + 0, time, shard, sequence, index, value };
  }

  merge(row: number, other: MetricColumn, otherRow: number): void {
    const from = sameKind(this.constructor as new () => RankedColumn, other).#kept[otherRow];
    if (from !== undefined) this.add(row, from.value, from, from.by);
  }

  value(row: number): MetricValue {
    return this.#kept[row]?.value ?? null;
  }

  write(out: ByteWriter, rows: readonly number[]): void {
    const kept = rows.map((row) => this.#kept[row]);
    const present = kept.filter((each) => each !== undefined);
    writeScalars(
      out,
      kept.map((each) => each?.value),
    );
    writeNumbers(
      out,
      present.map(({ by }) => by),
    );
    writeOrders(out, present);
  }

  protected fill(input: ByteReader, rows: number): this {
    const values = readScalars(input, rows);
    const present = values.filter((value) => value !== undefined).length;
    const numbers = readNumbers(input, present);
    const orders = readOrders(input, present);
    let next = 0;
    for (const value of values) {
      if (value === undefined) {
        this.#kept.push(undefined);
        continue;
      }
      const by = numbers[next];
      const order = orders[next++];
      if (by === undefined || order === undefined) {
        throw input.corrupt('a number to go by for each value', 'a value without one');
      }
      this.#kept.push({ ...order, by, value });
    }
    return this;
  }

  /** Two events of one place are one event, unless nobody said their places: then the value decides. */
  #wins(by: number, value: Scalar, order: EventOrder, kept: Kept): boolean {
    if (by !== kept.by) return by > kept.by === this.#sign > 0;
    return (compareOrder(order, kept) || compareScalars(value, kept.value)) < 0;
  }
}

class MaxByColumn extends RankedColumn {
  constructor() {
    super(1);
  }

  static read(input: ByteReader, rows: number): MaxByColumn {
    return new MaxByColumn().fill(input, rows);
  }
}

class MinByColumn extends RankedColumn {
  constructor() {
    super(-1);
  }

  static read(input: ByteReader, rows: number): MinByColumn {
    return new MinByColumn().fill(input, rows);
  }
}

/** The value of the event with the greatest number in another field, of several the first; `null` of no event. */
export const maxBy: MetricKind = {
  kind: 'maxBy',
  input: 'scalar',
  isRanked: true,
  newColumn: () => new MaxByColumn(),
  readColumn: MaxByColumn.read,
};

/** The value of the event with the least number in another field, of several the first; `null` of no event. */
export const minBy: MetricKind = {
  kind: 'minBy',
  input: 'scalar',
  isRanked: true,
  newColumn: () => new MinByColumn(),
  readColumn: MinByColumn.read,
};
