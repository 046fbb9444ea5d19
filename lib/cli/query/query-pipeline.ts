import { nodeCompression } from '#adapters/node-compression.ts';
import { queryAggregate } from '#app/query/query-aggregate.ts';
import type { WindowStart } from '#core/brand.ts';
import { aggregateNamed, checkWindow, groupMatcher } from '../arguments.ts';
import { type ConnectionOptions, connectTable } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printRows } from '../show/rows-json.ts';
import { aggregateTable } from '../show/rows-table.ts';
import type { Terminal } from '../terminal.ts';

export interface QueryOptions extends ConnectionOptions {
  readonly window?: string;
  readonly from?: WindowStart;
  readonly to?: WindowStart;
  readonly group?: string[];
  readonly rows: number;
  readonly json: boolean;
}

/** Prints an aggregate's rows, of some windows and groups or of all. */
export async function queryPipeline(
  nameOrPath: string,
  aggregateName: string,
  options: QueryOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { loaded, table } = await connectTable(nameOrPath, options);
  const aggregate = aggregateNamed(loaded.pipeline, aggregateName);
  if (options.window !== undefined) checkWindow(aggregate, options.window);
  const matches = groupMatcher(aggregate, options.group ?? []);
  const range = {
    ...(options.from !== undefined && { from: options.from }),
    ...(options.to !== undefined && { to: options.to }),
  };
  const all = await queryAggregate({ table, compression: nodeCompression }, aggregate, range);
  const rows = all.filter(({ group }) => matches(group));
  if (options.json) {
    await printRows(terminal, rows);
    await terminal.print('\n');
  } else {
    const limits = {
      rowsMax: options.rows,
      howToSeeAll: '--rows all, --json, or --from, --to and --group',
    };
    await terminal.print(aggregateTable(aggregate, rows, terminal, limits));
  }
  return EXIT.done;
}
