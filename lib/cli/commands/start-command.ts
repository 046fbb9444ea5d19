import { Command } from 'commander';
import { rowCount, wholeNumber } from '../arguments.ts';
import type { StartOptions } from '../start/start-pipeline.ts';
import type { RunAction } from './run-action.ts';

export function startCommand(run: RunAction): Command {
  return new Command('start')
    .summary('run a pipeline on this machine, live')
    .description(
      'Runs a pipeline on this machine: a stream, the function as it would be deployed, a table and a queue, all\n' +
        'embedded. A file of events is replayed, and the terminal shows what comes out. It stays up for `weir put`,\n' +
        '`query`, `ledger` and `inspect` until Ctrl-C.',
    )
    .argument('[pipeline]', 'name of a pipeline in pipelines/, or path of a .ts file', 'flights')
    .argument('[file]', 'events to replay; 20,000 real flights for the pipeline flights, none for others')
    .option('--once', 'end when all is aggregated, and print the result', false)
    .option('--shards <n>', 'shards of the stream', wholeNumber(1, 64), 1)
    .option('--data-dir <folder>', 'keep everything in this folder, over restarts and crashes')
    .option(
      '--speed <events>',
      'events a second; about half a minute for all unless said, with --once as fast as possible',
      wholeNumber(1, 10_000_000),
    )
    .option('--no-replay', 'replay nothing: only be there for `weir put`')
    .option(
      '--api <port>',
      'serve the query API and the ingest API on this port of 127.0.0.1; 0 for any',
      wholeNumber(0, 65_535),
    )
    .option('--rows <n>', 'rows of each aggregate to show at the end of --once, or "all"', rowCount, 10)
    .option('--json', 'print JSON: where the runtime is, or with --once the result', false)
    .option('--verbose', "show the function's log", false)
    .addHelpText(
      'after',
      `
Examples:
  weir start                                     the sample, live
  weir start --once                              the sample's result, and end
  weir start --api 8080                          and answer http://127.0.0.1:8080/aggregates
  weir start weather node_modules/vega-datasets/data/weather.csv
  weir start ./my-pipeline.ts --data-dir ./state --no-replay

Exit codes: 0 ended by Ctrl-C after the replay, or done; 1 something failed; 2 wrong usage, or a file that can't be
read; 3 done, but some events were set aside; 130 stopped by Ctrl-C before the replay was done.`,
    )
    .action((pipeline: string, file: string | undefined, options: StartOptions) =>
      run(options, async (terminal, signal) => {
        const { startPipeline } = await import('../start/start-pipeline.ts');
        return startPipeline(pipeline, file, options, terminal, signal);
      }),
    );
}
