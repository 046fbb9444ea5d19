/**
 * Something that the user can put right: a wrong argument, a file that can't be read, a mistake in a definition.
 * The message says what was found, where, and what to do; it is shown without a stack, and the exit code is 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
