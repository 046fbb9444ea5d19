import { Command } from 'commander';
import type { LedgerOptions } from '../ledger/show-ledger.ts';
import { CONNECTION_HELP, withConnectionOptions } from './connection-options.ts';
import type { RunAction } from './run-action.ts';

export function ledgerCommand(run: RunAction): Command {
  const command = new Command('ledger')
    .summary('print what became of every event')
    .description('Prints exact counters of what became of every event, over all shards and by shard.')
    .argument('[pipeline]', "name or path; the running runtime's unless given")
    .option('--json', 'print as one JSON object', false);
  return withConnectionOptions(command, 'table')
    .addHelpText(
      'after',
      `\nExamples:\n  weir ledger\n  weir ledger flights --table weir-flights --json      (on AWS)\n${CONNECTION_HELP}`,
    )
    .action((pipeline: string | undefined, options: LedgerOptions) =>
      run(options, async (terminal) => {
        const { showLedger } = await import('../ledger/show-ledger.ts');
        return showLedger(pipeline, options, terminal);
      }),
    );
}
