import { nodeCompression } from '#adapters/node-compression.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import type { WindowStart } from '#core/brand.ts';
import { aggregateNamed, groupMatcher, levelOfSize } from '../arguments.ts';
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
  const levelMs = options.window === undefined ? undefined : levelOfSize(aggregate, options.window).sizeMs;
  const matches = groupMatcher(aggregate, options.group ?? []);
  const question = {
    ...(levelMs !== undefined && { levelMs }),
    ...(options.from !== undefined && { from: options.from }),
    ...(options.to !== undefined && { to: options.to }),
  };
  const answer = await answerAggregate({ table, compression: nodeCompression }, aggregate, question);
  const rows = answer.rows.filter(({ group }) => matches(group));
  if (options.json) {
    await printRows(terminal, { rows, windows: answer.windows });
    await terminal.print('\n');
  } else {
    const limits = {
      rowsMax: options.rows,
      howToSeeAll: '--rows all, --json, or --from, --to and --group',
    };
    const { windows } = answer;
    const about = { windows, ...(levelMs !== undefined && { levelMs }) };
    await terminal.print(aggregateTable(aggregate, rows, terminal, limits, about));
  }
  return EXIT.done;
}
