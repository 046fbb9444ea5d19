/** One mistake in a pipeline's definition. */
export interface DefinitionProblem {
  /** Where, as a path in the definition, e.g. `aggregates.delays_by_origin.window`. */
  readonly place: string;
  /** What is wrong there, and what to do, as one sentence. */
  readonly message: string;
}

/** A pipeline's definition has mistakes; the message lists them all, each with its place and remedy. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly problems: readonly DefinitionProblem[];

  constructor(pipeline: string, problems: readonly DefinitionProblem[]) {
    const lines = problems.map(({ place, message }) => `  ${place}: ${message}`);
    super(
      `the definition of pipeline ${pipeline} has ${problems.length === 1 ? 'a mistake' : 'mistakes'}:\n${lines.join('\n')}`,
    );
    this.problems = problems;
  }
}
