import type { EpochMs, GroupKey, WindowStart } from '#core/brand.ts';
import { explainGroupKey, groupKeyOf } from '#core/group-key.ts';
import { GroupTable, type Layout } from '#core/group-table.ts';
import type { EventOrder } from '#core/metrics/event-order.ts';
import type { Scalar } from '#core/metrics/metric-kind.ts';
import type { Aggregate, Metric } from '#core/pipeline/pipeline.ts';
import { layoutOf } from '#core/protocol/definitions.ts';
import type { Rejection } from '#core/rejection.ts';
import { SESSION_BOUNDS } from '#core/sessions/session-bounds.ts';
import { windowStartOf } from '#core/time/window.ts';
import { reject, userCodeRejection } from './check-event.ts';
import { type Event, FieldReader } from './field-reader.ts';
import { MetricInput, NOTHING } from './metric-input.ts';
import { longestRetention, type Timeliness, timelinessOf } from './timeliness.ts';

/** Takes events into one aggregate, in two steps: whether all aggregates take an event is known before any does. */
export class AggregatePlan {
  readonly aggregate: Aggregate;
  /** What the events add to windows that are open, and to windows that the shard has closed. */
  readonly onTime = new Map<WindowStart, GroupTable>();
  readonly late = new Map<WindowStart, GroupTable>();
  /** Groups, over all windows. */
  cells = 0;
  /** Whether reduced events lack something here: some metrics are not essential. */
  readonly isReducible: boolean;
  /** Whether they have anything here. */
  readonly #hasEssential: boolean;
  readonly #groupBy: readonly FieldReader[];
  /** Metrics that take numbers or nothing. They are apart from the others, as an array of numbers alone is far faster. */
  readonly #numeric: readonly MetricInput[];
  readonly #scalar: readonly MetricInput[];
  readonly #layout: Layout;
  readonly #isSession: boolean;
  readonly #retentionMs: number | null;
  /** Of the event that was prepared last; kept from event to event, as there are millions of them. */
  readonly #values: unknown[];
  readonly #numbers: number[];
  readonly #scalars: Scalar[];
  /** Numbers that ranked metrics go by, beside their values. */
  readonly #bys: number[];
  #isTaken = true;
  #group: GroupKey = '' as GroupKey;

  /** `leftOut`: which metrics have nothing of reduced events; those that are not essential, unless said. */
  constructor(aggregate: Aggregate, leftOut: (metric: Metric) => boolean = ({ essential }) => !essential) {
    // By name, so that a definition whose metrics change places has the same blocks.
    const metrics = [...aggregate.metrics].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.aggregate = aggregate;
    this.#groupBy = aggregate.groupBy.map((field) => new FieldReader(field));
    const inputs = metrics.map(
      (metric, column) => new MetricInput(aggregate.name, metric, column, !leftOut(metric)),
    );
    this.isReducible = inputs.some(({ essential }) => !essential);
    this.#hasEssential = inputs.some(({ essential }) => essential);
    this.#numeric = inputs.filter(({ takesScalars }) => !takesScalars);
    this.#scalar = inputs.filter(({ takesScalars }) => takesScalars);
    const layout = layoutOf(aggregate);
    this.#isSession = aggregate.window.type === 'session';
    this.#layout = this.#isSession ? [...layout, ...SESSION_BOUNDS] : layout;
    this.#retentionMs = longestRetention(aggregate.levels);
    this.#values = aggregate.groupBy.map(() => undefined);
    this.#numbers = this.#numeric.map(() => NOTHING);
    this.#scalars = this.#scalar.map(() => NOTHING);
    this.#bys = this.#scalar.map(() => 0);
  }

  /** Finds out whether an event is this aggregate's, its group and the metrics' inputs, or why it can't be taken. */
  prepare(event: Event): Rejection | undefined {
    if (this.aggregate.where !== undefined) {
      const rejection = this.#askWhere(event);
      if (rejection !== undefined || !this.#isTaken) return rejection;
    }
    for (let i = 0; i < this.#groupBy.length; i++) this.#values[i] = this.#groupBy[i]?.read(event);
    const group = groupKeyOf(this.#values);
    if (group === undefined) {
      const { groupBy, name } = this.aggregate;
      return reject('group', `${name}: ${explainGroupKey(this.#values, groupBy)}`);
    }
    this.#group = group;
    for (let i = 0; i < this.#numeric.length; i++) {
      const input = (this.#numeric[i] as MetricInput).number(event);
      if (typeof input !== 'number') return input;
      this.#numbers[i] = input;
    }
    return this.#scalar.length === 0 ? undefined : this.#prepareScalars(event);
  }

  /** Apart from `prepare`, as are others that few definitions need: what is small is compiled into the loop of all events. */
  #askWhere(event: Event): Rejection | undefined {
    const { name, where } = this.aggregate;
    try {
      const verdict: unknown = where?.(event as never);
      this.#isTaken = Boolean(verdict);
      return undefined;
    } catch (error) {
      return userCodeRejection(`aggregates.${name}.where`, error);
    }
  }

  #prepareScalars(event: Event): Rejection | undefined {
    for (let i = 0; i < this.#scalar.length; i++) {
      const metric = this.#scalar[i] as MetricInput;
      const input = metric.scalar(event);
      if (typeof input === 'object') return input;
      const by = metric.by(event);
      if (typeof by !== 'number') return by;
      this.#scalars[i] = by === by ? input : NOTHING;
      this.#bys[i] = by;
    }
    return undefined;
  }

  /**
   * Adds the event that was prepared last, unless it is expired; `watermark` is the shard's. `undefined` where it is
   * none of this aggregate's.
   */
  apply(order: EventOrder, watermark: EpochMs | null): Timeliness | undefined {
    if (!this.#isTaken) return undefined;
    const { everyMs: sizeMs } = this.aggregate.window;
    const start = windowStartOf(order.time, sizeMs);
    const timeliness = timelinessOf(start + sizeMs, watermark, this.#retentionMs);
    if (timeliness === 'expired') return timeliness;
    const table = this.#tableOf(timeliness === 'late' ? this.late : this.onTime, start);
    const row = this.#row(table);
    for (let i = 0; i < this.#numbers.length; i++) {
      const input = this.#numbers[i] as number;
      // NaN, the only value that is not itself, stands for an event that does not contribute.
      if (input === input) table.column((this.#numeric[i] as MetricInput).column).add(row, input, order);
    }
    if (this.#scalar.length > 0) this.#addScalars(table, row, order);
    if (this.#isSession) this.#addBounds(table, row, order, start);
    return timeliness;
  }

  #addScalars(table: GroupTable, row: number, order: EventOrder): void {
    for (let i = 0; i < this.#scalars.length; i++) {
      const input = this.#scalars[i] as Scalar;
      if (input === input) {
        table.column((this.#scalar[i] as MetricInput).column).add(row, input, order, this.#bys[i]);
      }
    }
  }

  /** The group of the event that was prepared last, where it is one of this aggregate's. */
  get group(): GroupKey | undefined {
    return this.#isTaken ? this.#group : undefined;
  }

  #addBounds(table: GroupTable, row: number, order: EventOrder, start: WindowStart): void {
    const bounds = this.#layout.length - SESSION_BOUNDS.length;
    for (let i = bounds; i < this.#layout.length; i++) table.column(i).add(row, order.time - start, order);
  }

  /** Whether an event of this time is expired; such events are never reduced or held. */
  expires(time: EpochMs, watermark: EpochMs | null): boolean {
    if (this.#retentionMs === null) return false;
    const { everyMs: sizeMs } = this.aggregate.window;
    return timelinessOf(windowStartOf(time, sizeMs) + sizeMs, watermark, this.#retentionMs) === 'expired';
  }

  /** Adds what the essential metrics take of the event that was prepared last, and notes that the others lack it. */
  reduce(order: EventOrder, watermark: EpochMs | null): Timeliness | undefined {
    if (!this.isReducible || !this.#isTaken) return this.apply(order, watermark);
    const { everyMs: sizeMs } = this.aggregate.window;
    const start = windowStartOf(order.time, sizeMs);
    const timeliness = timelinessOf(start + sizeMs, watermark, this.#retentionMs);
    const table = this.#tableOf(timeliness === 'on_time' ? this.onTime : this.late, start);
    table.reduced += 1;
    if (this.#hasEssential) this.#addSome(table, order, start, true);
    return timeliness;
  }

  /** Notes that all metrics lack an event of this time; or may, as nobody looks whether it is this aggregate's. */
  hold(time: EpochMs, watermark: EpochMs | null): void {
    const { everyMs: sizeMs } = this.aggregate.window;
    const start = windowStartOf(time, sizeMs);
    const isLate = timelinessOf(start + sizeMs, watermark, this.#retentionMs) !== 'on_time';
    const windows = isLate ? this.late : this.onTime;
    // A window without groups takes room in the head too.
    if (!windows.has(start)) this.cells += 1;
    this.#tableOf(windows, start).held += 1;
  }

  /** Adds what was left out of the event that was prepared last, which was reduced, or else held. */
  repair(order: EventOrder, isReduced: boolean): void {
    if (isReduced && (!this.isReducible || !this.#isTaken)) return;
    const start = windowStartOf(order.time, this.aggregate.window.everyMs);
    const table = this.#tableOf(this.late, start);
    if (isReduced) {
      table.reduced -= 1;
    } else {
      table.held -= 1;
      if (!this.#isTaken) return;
      this.#addSome(table, order, start, true);
    }
    this.#addSome(table, order, start, false);
  }

  /** Takes back that the window of this time lacks an event that was held. */
  release(time: EpochMs): void {
    this.#tableOf(this.late, windowStartOf(time, this.aggregate.window.everyMs)).held -= 1;
  }

  #addSome(table: GroupTable, order: EventOrder, start: WindowStart, essential: boolean): void {
    const row = this.#row(table);
    for (let i = 0; i < this.#numbers.length; i++) {
      const { column, essential: isEssential } = this.#numeric[i] as MetricInput;
      const input = this.#numbers[i] as number;
      if (isEssential === essential && input === input) table.column(column).add(row, input, order);
    }
    for (let i = 0; i < this.#scalars.length; i++) {
      const { column, essential: isEssential } = this.#scalar[i] as MetricInput;
      const input = this.#scalars[i] as Scalar;
      if (isEssential === essential && input === input) {
        table.column(column).add(row, input, order, this.#bys[i]);
      }
    }
    // Adding them once more, with what was left out, changes nothing: they are a least and a greatest time.
    if (this.#isSession) this.#addBounds(table, row, order, start);
  }

  #row(table: GroupTable): number {
    const before = table.size;
    const row = table.row(this.#group);
    this.cells += table.size - before;
    return row;
  }

  #tableOf(windows: Map<WindowStart, GroupTable>, start: WindowStart): GroupTable {
    let table = windows.get(start);
    if (table === undefined) {
      table = GroupTable.empty(this.#layout);
      windows.set(start, table);
    }
    return table;
  }
}
