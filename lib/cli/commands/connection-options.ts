import type { Command } from 'commander';

/** For the help of every command that works on something running. */
export const CONNECTION_HELP = `
Without further options this works on the runtime that \`weir start\` runs in this folder (or with the same --data-dir).
With --table or --stream (or WEIR_TABLE, WEIR_STREAM) it works on AWS, with the region, credentials and endpoint that
the AWS SDK finds.`;

/** The options that say what to work on. */
export function withConnectionOptions(command: Command, resource: 'table' | 'stream'): Command {
  command.option('--data-dir <folder>', 'the data folder of the runtime to work on');
  return resource === 'table'
    ? command.option('--table <name>', 'a DynamoDB table on AWS to work on')
    : command.option('--stream <name>', 'a Kinesis stream on AWS to work on');
}
