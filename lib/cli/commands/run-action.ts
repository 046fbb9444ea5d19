import { DependencyError } from '#app/ports/dependency-error.ts';
import { UndeliveredError } from '#app/produce/producer-errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Interrupted, onInterruption } from '../interruption.ts';
import { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** Runs a command's work with a terminal and Ctrl-C, and makes what comes of it the process's exit code. */
export type RunAction = (
  options: { readonly json?: boolean },
  work: (terminal: Terminal, signal: AbortSignal) => Promise<ExitCode>,
) => Promise<void>;

export const runAction: RunAction = async (options, work) => {
  const terminal = new Terminal(process.stdout, process.stderr, { json: options.json === true });
  const controller = new AbortController();
  const stopListening = onInterruption(controller, (line) => terminal.note(line));
  try {
    process.exitCode = await work(terminal, controller.signal);
  } catch (error) {
    // What fails after Ctrl-C fails because of it.
    const told = controller.signal.aborted ? controller.signal.reason : error;
    process.exitCode = exitCodeOf(told);
    const text = messageOf(told);
    if (text !== undefined) terminal.note(text);
  } finally {
    stopListening();
  }
};

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage;
  return error instanceof Interrupted ? EXIT.interrupted : EXIT.unexpected;
}

function messageOf(error: unknown): string | undefined {
  if (error instanceof Interrupted) return undefined;
  if (error instanceof UsageError) return error.message;
  if (error instanceof DependencyError) return `${error.message}${remedyFor(error)}`;
  if (error instanceof UndeliveredError) return error.message.replace(/ The records are in.*$/s, '');
  // A bug: the stack is what helps.
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function remedyFor(error: DependencyError): string {
  if (/Region is missing/.test(error.message)) return '\nSet AWS_REGION, or a profile that has one.';
  if (/credential/i.test(error.message))
    return '\nCheck the AWS credentials: the environment, AWS_PROFILE, or a role.';
  if (/ECONNREFUSED/.test(error.message)) return '\nNothing answers there: is the runtime still up?';
  if (/ResourceNotFoundException/.test(error.message)) return '\nCheck the name, the region and the account.';
  return '';
}
