import { nodeCompression } from '#adapters/node-compression.ts';
import type { Table } from '#app/ports/table.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { Ledger } from '#core/protocol/ledger.ts';
import { ledgerText } from '../show/ledger-text.ts';
import { counted, instant, seconds, short, whole } from '../show/numbers.ts';
import { printRows } from '../show/rows-json.ts';
import { aggregateTable } from '../show/rows-table.ts';
import type { Terminal } from '../terminal.ts';
import type { ClosingCost } from './measure-closing.ts';
import { type RunCost, requestsOf } from './run-cost.ts';

/** What a run came to; the aggregates are read from the table while they are printed. */
export interface TryResult {
  readonly pipeline: Pipeline;
  readonly ledger: Ledger;
  readonly cost: RunCost;
  readonly fileName: string;
  readonly shards: number;
  readonly durationMs: number;
  readonly rowsMax: number;
  readonly table: Table;
  /** Where windows were closed. */
  readonly closing?: ClosingCost;
}

/** One JSON object. Aggregates are read and written one by one: all together may be more than fits into memory. */
export async function printTryJson(
  { pipeline, ledger, cost, table, closing }: TryResult,
  terminal: Terminal,
): Promise<void> {
  const head = JSON.stringify({ pipeline: pipeline.name, ledger, cost, closing });
  await terminal.print(`${head.slice(0, -1)},"aggregates":{`);
  for (const [index, aggregate] of pipeline.aggregates.entries()) {
    await terminal.print(`${index === 0 ? '' : ','}\n${JSON.stringify(aggregate.name)}:`);
    await printRows(terminal, await answerAggregate({ table, compression: nodeCompression }, aggregate));
  }
  await terminal.print('}}\n');
}

export async function printTryTables(result: TryResult, terminal: Terminal): Promise<void> {
  const { pipeline, ledger, cost, table } = result;
  const { colors } = terminal;
  const limits = { rowsMax: result.rowsMax, howToSeeAll: '--rows all, or --json' };
  for (const aggregate of pipeline.aggregates) {
    const { rows, windows } = await answerAggregate({ table, compression: nodeCompression }, aggregate);
    await terminal.print(`${aggregateTable(aggregate, rows, terminal, limits, { windows })}\n`);
  }
  const perThousand = (count: number) => short((count * 1000) / Math.max(1, cost.events));
  const lines = [
    [
      'Run',
      `${counted(cost.events, 'event')} of ${result.fileName} through ${counted(result.shards, 'shard')} in ${seconds(result.durationMs)}`,
    ],
    ['Ledger', ledgerText(ledger)],
    [
      'Cost',
      `${counted(cost.records, 'record')}, ${counted(cost.invocations, 'invocation')}, ${requestsText(cost)}`,
    ],
    ['', `${whole(cost.writeUnits)} write units, ${whole(cost.readUnits)} read units`],
    [
      '',
      `per 1,000 events: ${perThousand(cost.writeUnits)} write units, ${perThousand(requestsOf(cost))} DynamoDB requests`,
    ],
  ];
  if (result.closing !== undefined) lines.push(['Closed', closingText(result.closing)]);
  await terminal.print(lines.map(([name = '', text]) => `${colors.bold(name.padEnd(8))}${text}\n`).join(''));
}

function closingText({ finals, finalThrough, lastRun }: ClosingCost): string {
  const through = finalThrough === null ? 'none' : `those that end by ${instant(finalThrough)}`;
  return `${counted(finals, 'window')}: ${through}; the last ${whole(lastRun.finals)} at ${whole(lastRun.requests)} requests, ${whole(lastRun.writeUnits)} write units`;
}

function requestsText(cost: RunCost): string {
  const operations = Object.entries(cost.requests).map(
    ([operation, count]) => `${operation} ${whole(count)}`,
  );
  return `${counted(requestsOf(cost), 'DynamoDB request')}${operations.length > 0 ? ` (${operations.join(', ')})` : ''}`;
}
