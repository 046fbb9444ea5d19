import { Command } from 'commander';
import { rowCount, wholeNumber } from '../arguments.ts';
import { BATCH_EVENTS_MAX } from '../try/batch-plan.ts';
import type { TryOptions } from '../try/try-pipeline.ts';
import type { RunAction } from './run-action.ts';

export function tryCommand(run: RunAction): Command {
  return new Command('try')
    .summary('run a file through a pipeline, privately, and print what comes out')
    .description(
      'Runs a file of events through a runtime of its own (stream, function, table, queue), waits until all is\n' +
        'aggregated, and prints every window of every aggregate, the ledger, and what it cost. Nothing is left behind.',
    )
    .argument('<pipeline>', 'name of a pipeline in pipelines/, or path of a .ts file')
    .argument('<file>', 'events: a JSON array, lines of JSON, CSV or Parquet, gzip-compressed or not')
    .option('--shards <n>', 'shards of the stream', wholeNumber(1, 64), 1)
    .option(
      '--batch-size <events>',
      'events that an invocation gets',
      wholeNumber(1, BATCH_EVENTS_MAX),
      10_000,
    )
    .option(
      '--kill <n>',
      "kill the function's process n times, each within an invocation",
      wholeNumber(0, 100_000),
      0,
    )
    .option('--seed <n>', 'which random moments the kills are at', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--close', 'close windows on the way and at the end, as the schedule of a deployment does', false)
    .option('--rows <n>', 'rows to show of each aggregate, or "all"', rowCount, 10)
    .option(
      '--dead-letters <file>',
      'write the events that were set aside to a file, one JSON message a line',
    )
    .option('--json', 'print everything as one JSON object', false)
    .option('--verbose', "show the function's log", false)
    .addHelpText(
      'after',
      `
Examples:
  weir try flights node_modules/vega-datasets/data/flights-20k.json
  weir try weather node_modules/vega-datasets/data/weather.csv --rows all
  weir try flights flights.parquet --shards 4 --close
  weir try ./my-pipeline.ts events.ndjson.gz --dead-letters rejected.ndjson
  weir try flights flights.parquet --kill 30 --seed 7 --json > result.json

Exit codes: 0 all aggregated; 1 something failed; 2 wrong usage, or a file that can't be read; 3 all is done, but some
events were set aside in the dead-letter queue; 130 stopped by Ctrl-C.`,
    )
    .action((pipeline: string, file: string, options: TryOptions) =>
      run(options, async (terminal, signal) => {
        const { tryPipeline } = await import('../try/try-pipeline.ts');
        return tryPipeline(pipeline, file, options, terminal, signal);
      }),
    );
}
