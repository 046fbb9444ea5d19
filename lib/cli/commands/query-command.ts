import { Command } from 'commander';
import { groupFilters, instantArgument, rowCount } from '../arguments.ts';
import type { QueryOptions } from '../query/query-pipeline.ts';
import { CONNECTION_HELP, withConnectionOptions } from './connection-options.ts';
import type { RunAction } from './run-action.ts';

export function queryCommand(run: RunAction): Command {
  const command = new Command('query')
    .summary("print an aggregate's values")
    .description("Prints an aggregate's values by window and group, with all that is committed by now.")
    .argument('<pipeline>', 'name of a pipeline in pipelines/, or path of a .ts file')
    .argument('<aggregate>', "name of one of the pipeline's aggregates")
    .option(
      '--window <size>',
      'size of the windows: the one that the aggregate has unless said, or a roll-up, e.g. 1d',
    )
    .option('--from <time>', 'windows that begin at this time or later', instantArgument)
    .option('--to <time>', 'windows that begin before this time', instantArgument)
    .option(
      '--group <field=value>',
      'only groups with this value; may be given for several fields',
      groupFilters,
    )
    .option('--rows <n>', 'rows to show, or "all"', rowCount, 40)
    .option('--json', 'print all rows as a JSON array', false);
  return withConnectionOptions(command, 'table')
    .addHelpText(
      'after',
      `
Examples:
  weir query flights delays_by_origin --from 2001-03-31T18:00 --group origin=JFK
  weir query flights delays_by_origin --window 1d --group origin=JFK
  weir query flights delays_by_route --from 2001-03-01 --to 2001-03-02 --json
  weir query flights delays_by_origin --table weir-flights      (on AWS)
${CONNECTION_HELP}`,
    )
    .action((pipeline: string, aggregate: string, options: QueryOptions) =>
      run(options, async (terminal) => {
        const { queryPipeline } = await import('../query/query-pipeline.ts');
        return queryPipeline(pipeline, aggregate, options, terminal);
      }),
    );
}
