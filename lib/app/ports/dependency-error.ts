export type Dependency = 'table' | 'dead_letters' | 'stream' | 'announcements' | 'reference_data';

/** `throttled`: asked too often; `unavailable`: no answer, or one that blames the service; `refused`: it will not. */
export type DependencyFailure = 'throttled' | 'unavailable' | 'refused';

/**
 * A service that a use case depends on did not do what it was asked. What was to be written may have been written.
 * Not a bug of ours and no fault of the event's: the work is tried again later.
 */
export class DependencyError extends Error {
  override readonly name = 'DependencyError';
  readonly dependency: Dependency;
  readonly failure: DependencyFailure;

  constructor(dependency: Dependency, failure: DependencyFailure, what: string, cause?: unknown) {
    super(`${dependency} ${failure}: ${what}`, { cause });
    this.dependency = dependency;
    this.failure = failure;
  }
}
