import { Command } from 'commander';
import type { HealthOptions } from '../health/show-health.ts';
import { CONNECTION_HELP, withConnectionOptions } from './connection-options.ts';
import type { RunAction } from './run-action.ts';

export function healthCommand(run: RunAction): Command {
  const command = new Command('health')
    .summary('ask whether all that a pipeline needs is there')
    .description(
      'Asks the table, the stream and the dead-letter queue whether they are there, within two seconds, and says how fresh the values are.',
    )
    .argument('[pipeline]', "name or path; the running runtime's unless given")
    .option('--json', 'print as one JSON object, as the query API has it', false);
  return withConnectionOptions(command, 'table')
    .addHelpText(
      'after',
      `\nExamples:\n  weir health\n  weir health flights --table weir-flights      (on AWS)\n\nBeside the table: the stream of WEIR_STREAM, queue and bucket of WEIR_DEAD_LETTER_QUEUE_URL and WEIR_DEAD_LETTER_BUCKET, the\nbus of WEIR_EVENT_BUS, where they are set; and tables of lookups, or those of WEIR_REFERENCE_TABLES. The exit code is 1 where something is wrong.\n${CONNECTION_HELP}`,
    )
    .action((pipeline: string | undefined, options: HealthOptions) =>
      run(options, async (terminal) => {
        const { showHealth } = await import('../health/show-health.ts');
        return showHealth(pipeline, options, terminal);
      }),
    );
}
