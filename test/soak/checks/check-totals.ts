import { DuckDBInstance } from '@duckdb/node-api';
import { nodeCompression } from '#adapters/node-compression.ts';
import type { Table } from '#app/ports/table.ts';
import type { AggregateRow } from '#app/query/aggregate-rows.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import type { SoakPipeline } from '../soak-pipelines.ts';
import type { Check } from './check.ts';

/** Compares every row of every aggregate and level with what DuckDB makes of the events that were put. */
export async function checkTotals(
  table: Table,
  { exact: exactOf, near: nearOf, pipeline }: SoakPipeline,
  file: string,
): Promise<Check[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const checks: Check[] = [];
  try {
    await connection.run(`CREATE TABLE put AS SELECT * FROM read_csv('${file}', header = true, columns =
      {id: 'VARCHAR', time: 'BIGINT', shop: 'VARCHAR', region: 'VARCHAR', product: 'VARCHAR', amount: 'DOUBLE', quantity: 'BIGINT', source: 'VARCHAR'})`);
    for (const aggregate of pipeline.aggregates) {
      for (const { sizeMs } of aggregate.levels) {
        const { rows, windows } = await answerAggregate({ table, compression: nodeCompression }, aggregate, {
          levelMs: sizeMs,
        });
        const exact = exactOf[aggregate.name] ?? {};
        const near = nearOf[aggregate.name] ?? {};
        const metrics = [
          ...Object.entries(exact),
          ...Object.entries(near).map(([name, [sql]]) => [name, sql] as const),
        ];
        const sql = `SELECT (time // ${sizeMs}) * ${sizeMs} AS start, ${aggregate.groupBy.join(', ')},
          ${metrics.map(([name, expression]) => `(${expression})::DOUBLE AS "${name}"`).join(', ')}
          FROM put GROUP BY ALL`;
        const expected = (await connection.runAndReadAll(sql)).getRowObjectsJson();
        const amended = windows.filter((window) => window.amended).length;
        const lacking = windows.filter(({ holes }) => holes !== undefined).length;
        checks.push({
          ...compare(rows, expected, aggregate.groupBy, Object.keys(exact), near),
          title: `${aggregate.name} by ${sizeMs / 60_000} min, final and late together, is what DuckDB has`,
        });
        const last = checks.at(-1);
        if (last !== undefined)
          checks[checks.length - 1] = {
            ...last,
            ok: last.ok && lacking === 0,
            figures: `${last.figures}; ${windows.filter(({ final }) => final).length} of ${windows.length} windows are final, ${amended} of them amended${lacking > 0 ? `; ${lacking} say that they lack something` : ''}`,
          };
      }
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return checks;
}

function compare(
  rows: readonly AggregateRow[],
  expected: readonly Record<string, unknown>[],
  groupBy: readonly string[],
  exact: readonly string[],
  near: Readonly<Record<string, readonly [sql: string, tolerance: number]>>,
): Pick<Check, 'ok' | 'figures'> {
  const keyOf = (start: number, group: Readonly<Record<string, unknown>>) =>
    JSON.stringify([start, ...groupBy.map((field) => group[field])]);
  const wanted = new Map(expected.map((row) => [keyOf(Number(row['start']), row), row]));
  let wrong = 0;
  let example = '';
  const worst: Record<string, number> = {};
  for (const { group, metrics, windowStart } of rows) {
    const row = wanted.get(keyOf(windowStart, group));
    wanted.delete(keyOf(windowStart, group));
    const off = Object.entries(near).filter(([name, [, tolerance]]) => {
      const difference = relativeDifference(metrics[name], row?.[name]);
      worst[name] = Math.max(worst[name] ?? 0, difference);
      return difference > tolerance;
    });
    const differing = exact.filter((name) => metrics[name] !== row?.[name]);
    if (differing.length + off.length === 0) continue;
    wrong += 1;
    example ||= `; the first, ${JSON.stringify(group)} at ${new Date(windowStart).toISOString()}: ${JSON.stringify(metrics)}, not ${JSON.stringify(row)}`;
  }
  const nearly = Object.entries(worst).map(([name, most]) => `${name} within ${most.toExponential(1)}`);
  const values = rows.length * (exact.length + nearly.length);
  return {
    ok: wrong === 0 && wanted.size === 0 && rows.length > 0,
    figures: `${rows.length.toLocaleString('en')} rows, ${values.toLocaleString('en')} values, ${wrong} rows differ, ${wanted.size} are missing${example}${nearly.length > 0 ? `; ${nearly.join(', ')}` : ''}`,
  };
}

function relativeDifference(found: unknown, wanted: unknown): number {
  if (typeof found !== 'number' || typeof wanted !== 'number') return found === wanted ? 0 : Infinity;
  return Math.abs(found - wanted) / Math.max(1e-9, Math.abs(wanted));
}
