import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { compareScalars } from '#core/sketches/sorted-scalars.ts';
import { compareOrder, type EventOrder } from './event-order.ts';
import type { MetricColumn, MetricKind, MetricValue, Scalar } from './metric-kind.ts';
import { readOrders, writeOrders } from './order-column.ts';
import { sameKind } from './same-kind.ts';

import { readScalars, writeScalars } from './scalar-column.ts';

type Kept = { -readonly [Part in keyof EventOrder]: EventOrder[Part] } & { value: Scalar };

/** The value of the event at one end of the order. */
abstract class EdgeColumn implements MetricColumn {
  readonly #kept: (Kept | undefined)[] = [];
  /** 1 where the last event wins, -1 where the first does. */
  readonly #sign: 1 | -1;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  addRow(): void {
    this.#kept.push(undefined);
  }

  add(row: number, value: Scalar, order: EventOrder): void {
    const kept = this.#kept[row];
    if (kept === undefined) {
      const { time, shard, sequence, index } = order;
      this.#kept[row] = { time, shard, sequence, index, value };
      return;
    }
    // Events mostly come in their order, so the last one changes all the time: hence no new object for each.
    if (!this.#wins(order, value, kept)) return;
    kept.time = order.time;
    kept.shard = order.shard;
    kept.sequence = order.sequence;
    kept.index = order.index;
    kept.value = value;
  }

  merge(row: number, other: MetricColumn, otherRow: number): void {
    const from = sameKind(this.constructor as new () => EdgeColumn, other).#kept[otherRow];
    if (from !== undefined) this.add(row, from.value, from);
  }

  value(row: number): MetricValue {
    return this.#kept[row]?.value ?? null;
  }

  write(out: ByteWriter, rows: readonly number[]): void {
    const kept = rows.map((row) => this.#kept[row]);
    writeScalars(
      out,
      kept.map((each) => each?.value),
    );
    writeOrders(
      out,
      kept.filter((each) => each !== undefined),
    );
  }

  protected fill(input: ByteReader, rows: number): this {
    const values = readScalars(input, rows);
    const orders = readOrders(input, values.filter((value) => value !== undefined).length);
    let next = 0;
    for (const value of values) {
      const order = value === undefined ? undefined : orders[next++];
      this.#kept.push(value === undefined || order === undefined ? undefined : { ...order, value });
    }
    return this;
  }

  /** Two events of one place are one event, unless nobody said their places: then the value decides. */
  #wins(order: EventOrder, value: Scalar, kept: Kept): boolean {
    const byTime = order.time - kept.time;
    if (byTime !== 0) return byTime > 0 === this.#sign > 0;
    return this.#sign * (compareOrder(order, kept) || compareScalars(value, kept.value)) > 0;
  }
}

class FirstColumn extends EdgeColumn {
  constructor() {
    super(-1);
  }

  static read(input: ByteReader, rows: number): FirstColumn {
    return new FirstColumn().fill(input, rows);
  }
}

class LastColumn extends EdgeColumn {
  constructor() {
    super(1);
  }

  static read(input: ByteReader, rows: number): LastColumn {
    return new LastColumn().fill(input, rows);
  }
}

/** The value of the event with the least event time, of several of one time the first by place; `null` of no event. */
export const first: MetricKind = {
  kind: 'first',
  input: 'scalar',
  newColumn: () => new FirstColumn(),
  readColumn: FirstColumn.read,
};

/** The value of the event with the greatest event time, of several of one time the last by place; `null` of no event. */
export const last: MetricKind = {
  kind: 'last',
  input: 'scalar',
  newColumn: () => new LastColumn(),
  readColumn: LastColumn.read,
};
