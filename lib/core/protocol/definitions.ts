import { fnv1a64 } from '#core/fnv1a.ts';
import { GroupTable, type Layout } from '#core/group-table.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';

/** What the registry keeps of an aggregate's definition, so that a later one can still read what it has counted. */
export interface StoredDefinition {
  readonly aggregate: string;
  readonly generation: string;
  /** Of group-by, window and `where`: only windows and groups of the same can be put together. */
  readonly space: string;
  /** Each metric with all that its numbers mean, as text. */
  readonly metrics: readonly string[];
}

/** Definitions of one aggregate that are kept; of older ones, what they have counted is not read any more. */
export const DEFINITIONS_MAX = 5;

export function definitionOf({
  generation,
  groupBy,
  metrics,
  name,
  where,
  window,
}: Aggregate): StoredDefinition {
  const space = JSON.stringify([groupBy, window.type, window.everyMs, where !== undefined]);
  return {
    aggregate: name,
    generation,
    space: fnv1a64(space).toString(36),
    metrics: metrics.map(textOf),
  };
}

function textOf({ by, field, kind, name, where }: Aggregate['metrics'][number]): string {
  return JSON.stringify([name, kind, field ?? null, where !== undefined, by ?? null]);
}

/** Aggregates whose definition is not among those that are known. */
export function unknownAmong(
  aggregates: readonly Aggregate[],
  known: readonly StoredDefinition[],
): Aggregate[] {
  return aggregates.filter((aggregate) => !isKnown(aggregate, known));
}

export function isKnown({ generation, name }: Aggregate, known: readonly StoredDefinition[]): boolean {
  return known.some((each) => each.aggregate === name && each.generation === generation);
}

/** Those that are known with these added, of each aggregate the newest. */
export function withDefinitions(
  known: readonly StoredDefinition[],
  added: readonly Aggregate[],
): StoredDefinition[] {
  const all = [...known, ...added.map(definitionOf)];
  const newer = (at: number, name: string) =>
    all.filter(({ aggregate }, i) => i > at && aggregate === name).length;
  return all.filter(({ aggregate }, at) => newer(at, aggregate) < DEFINITIONS_MAX);
}

/** An aggregate as another of its definitions has it, and the metrics that mean the same in both. */
export interface OtherGeneration {
  readonly aggregate: Aggregate;
  readonly shared: ReadonlySet<string>;
}

/**
 * The other generations of an aggregate whose numbers can be read as its own: those of the same groups and windows.
 * Sessions are apart: they are put together from panes of one generation.
 */
export function otherGenerations(
  aggregate: Aggregate,
  known: readonly StoredDefinition[],
): OtherGeneration[] {
  if (aggregate.window.type === 'session') return [];
  const own = definitionOf(aggregate);
  return known
    .filter(
      (each) =>
        each.aggregate === own.aggregate && each.generation !== own.generation && each.space === own.space,
    )
    .map(({ generation, metrics }) => ({
      aggregate: { ...aggregate, generation },
      shared: new Set(
        aggregate.metrics.filter((metric) => metrics.includes(textOf(metric))).map(({ name }) => name),
      ),
    }));
}

/** The layout of what an aggregate counts: by name, so that a definition whose metrics change places has the same. */
export function layoutOf({ metrics }: Aggregate): Layout {
  return [...metrics].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, kind }) => ({ name, kind }));
}

/** Groups of another layout in this one: metrics that are `shared` as they are, the others as if nothing had come. */
export function inLayout(table: GroupTable, layout: Layout, shared: ReadonlySet<string>): GroupTable {
  const into = GroupTable.empty(layout);
  into.reduced = table.reduced;
  into.held = table.held;
  const pairs = layout.flatMap(({ name, kind }, at) => {
    const from = table.layout.findIndex((each) => each.name === name && each.kind === kind);
    return shared.has(name) && from >= 0 ? [{ at, from }] : [];
  });
  for (const key of table.keys()) {
    const [row, other] = [into.row(key), table.row(key)];
    for (const { at, from } of pairs) into.column(at).merge(row, table.column(from), other);
  }
  return into;
}
