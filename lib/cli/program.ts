import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { healthCommand } from './commands/health-command.ts';
import { inspectCommand } from './commands/inspect-command.ts';
import { ledgerCommand } from './commands/ledger-command.ts';
import { openApiCommand } from './commands/open-api-command.ts';
import { putCommand } from './commands/put-command.ts';
import { queryCommand } from './commands/query-command.ts';
import { runAction } from './commands/run-action.ts';
import { shardsCommand } from './commands/shards-command.ts';
import { startCommand } from './commands/start-command.ts';
import { tryCommand } from './commands/try-command.ts';
import { EXIT } from './exit-codes.ts';
import { REPOSITORY_ROOT } from './repository-root.ts';

function weirProgram(): Command {
  const program = new Command('weir')
    .description('Exact windowed aggregates over event streams: on this machine, and on AWS.')
    .version(versionOf(), '--version', 'print the version')
    .addHelpText(
      'after',
      `
Begin with:
  weir start                                  sample data through the real pipeline, live
  weir try <pipeline> <file>                  your own data through your own pipeline
  weir help try                               more about one of them

Exit codes: 0 all done; 1 something failed; 2 wrong usage, or input that can't be read; 3 done, but some events were
set aside in the dead-letter queue; 130 stopped by Ctrl-C.`,
    );
  const commands = [
    startCommand(runAction),
    tryCommand(runAction),
    putCommand(runAction),
    queryCommand(runAction),
    ledgerCommand(runAction),
    healthCommand(runAction),
    shardsCommand(runAction),
    inspectCommand(runAction),
    openApiCommand(runAction),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...commands]) {
    command
      .exitOverride()
      .showHelpAfterError(`(weir ${command === program ? '' : `${command.name()} `}--help tells more)`);
  }
  return program;
}

/** Runs the CLI with these arguments; the process's exit code says what came of it. */
export async function runCli(args: readonly string[]): Promise<void> {
  try {
    await weirProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has said what is wrong; asking for help or the version is nothing wrong.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
}

function versionOf(): string {
  const { version } = JSON.parse(readFileSync(`${REPOSITORY_ROOT}package.json`, 'utf8')) as {
    version: string;
  };
  return version;
}
