import { Command } from 'commander';
import type { ShardsOptions } from '../shards/show-shards.ts';
import { CONNECTION_HELP, withConnectionOptions } from './connection-options.ts';
import type { RunAction } from './run-action.ts';

export function shardsCommand(run: RunAction): Command {
  const command = new Command('shards')
    .summary("show the stream's shards, their load, and what to do about it")
    .description(
      'Reads a sample of the last minute from each open shard, at most 2,000 records or 2 MB, and shows the load, the\n' +
        'heaviest partition keys (by their MD5 alone), and which shards to split, where. It changes nothing.',
    )
    .option('--json', 'print as one JSON object', false);
  return withConnectionOptions(command, 'stream')
    .addHelpText(
      'after',
      `\nExamples:\n  weir shards\n  weir shards --stream weir-flights --json      (on AWS)\n${CONNECTION_HELP}`,
    )
    .action((options: ShardsOptions) =>
      run(options, async (terminal) => {
        const { showShards } = await import('../shards/show-shards.ts');
        return showShards(options, terminal);
      }),
    );
}
