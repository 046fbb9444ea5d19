import { Command } from 'commander';
import type { InspectOptions } from '../inspect/show-item.ts';
import { CONNECTION_HELP, withConnectionOptions } from './connection-options.ts';
import type { RunAction } from './run-action.ts';

export function inspectCommand(run: RunAction): Command {
  const command = new Command('inspect')
    .summary('print what is stored, decoded')
    .description(
      'Prints items of the table, decoded: the registry, heads with their pending deltas, blocks, late blocks and finals\n' +
        'with their groups.',
    )
    .argument(
      '<item>',
      'registry, head[/<shard>], block/<aggregate>[/<window start>[/<shard>]], late/… likewise, or final/<aggregate>/<size>[/<window start>]',
    )
    .option('--pipeline <pipeline>', "name or path; the running runtime's unless given")
    .option('--json', 'print as JSON on one line', false);
  return withConnectionOptions(command, 'table')
    .addHelpText(
      'after',
      `
Examples:
  weir inspect registry
  weir inspect head/shardId-000000000000
  weir inspect block/delays_by_origin/2001-01-01T13:00
  weir inspect final/delays_by_origin/1d/2001-01-01
${CONNECTION_HELP}`,
    )
    .action((item: string, options: InspectOptions) =>
      run(options, async (terminal) => {
        const { showItem } = await import('../inspect/show-item.ts');
        return showItem(item, options, terminal);
      }),
    );
}
