import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import type { EventOrder } from './event-order.ts';
import type { MetricColumn, MetricKind, MetricValue, Scalar } from './metric-kind.ts';
import { sameKind } from './same-kind.ts';

/**
 * A kind of metric by what it does with one group's state. States merge in any order: `merge` must be commutative and
 * associative, and merging with an empty state must change nothing. `params` are those of the definition.
 */
export interface StateKind<State, Value extends Scalar = Scalar>
  extends Pick<MetricKind, 'kind' | 'input' | 'textUnitsMax' | 'explainParams'> {
  /** The state of a group without events. */
  empty(params: readonly number[]): State;
  /**
   * The state with one event's value: the same object changed, or another one. `order` is the event's during this call
   * only. Must not throw: an event is in all aggregates or in none.
   */
  add(state: State, value: Value, order: EventOrder): State;
  /** Two states as one: `state` changed, or another one. `other`, which may be the same object, is left as it was. */
  merge(state: State, other: State): State;
  /** The answer. `windowMs` is as for `MetricColumn.value`. */
  value(state: State, params: readonly number[], windowMs?: number): MetricValue;
  /** Writes the state; equal states as equal bytes. */
  write(out: ByteWriter, state: State): void;
  /** Reads what `write` wrote. Throws `input.corrupt(…)` for bytes that it can't have written. */
  read(input: ByteReader, params: readonly number[]): State;
}

/** The kind whose columns hold a state a row. */
export function kindOfStates<State, Value extends Scalar>(states: StateKind<State, Value>): MetricKind {
  const { kind, input, textUnitsMax, explainParams } = states;
  return {
    kind,
    input,
    ...(textUnitsMax !== undefined && { textUnitsMax }),
    ...(explainParams !== undefined && { explainParams }),
    newColumn: (params) => new StateColumn(states, params, []),
    readColumn: (bytes, rows, params) => {
      const read = [];
      while (read.length < rows) read.push(states.read(bytes, params));
      return new StateColumn(states, params, read);
    },
  };
}

class StateColumn<State, Value extends Scalar> implements MetricColumn<Value> {
  readonly #kind: StateKind<State, Value>;
  readonly #params: readonly number[];
  readonly #states: State[];

  constructor(kind: StateKind<State, Value>, params: readonly number[], states: State[]) {
    this.#kind = kind;
    this.#params = params;
    this.#states = states;
  }

  addRow(): void {
    this.#states.push(this.#kind.empty(this.#params));
  }

  add(row: number, value: Value, order: EventOrder): void {
    this.#states[row] = this.#kind.add(this.#states[row] as State, value, order);
  }

  merge(row: number, other: MetricColumn, otherRow: number): void {
    const from = sameKind(StateColumn<State, Value>, other);
    if (from.#kind.kind !== this.#kind.kind) {
      throw new TypeError('a metric column merges with columns of its own kind only');
    }
    const added = from.#states[otherRow] as State;
    this.#states[row] = this.#kind.merge(this.#states[row] as State, added);
  }

  value(row: number, windowMs?: number): MetricValue {
    return this.#kind.value(this.#states[row] as State, this.#params, windowMs);
  }

  write(out: ByteWriter, rows: readonly number[]): void {
    for (const row of rows) this.#kind.write(out, this.#states[row] as State);
  }
}
