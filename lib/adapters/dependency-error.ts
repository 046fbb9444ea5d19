import { type Dependency, DependencyError, type DependencyFailure } from '#app/ports/dependency-error.ts';

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'RequestThrottled',
  'LimitExceededException',
  'KMSThrottlingException',
  'SlowDown',
  'TooManyRequestsException',
]);

/**
 * An SDK call's error as one that use cases understand. What the service did not answer, or answered with a 5xx, may
 * have been done all the same. A mistake in a call that was never made is a bug, and is passed on as it is; a
 * `SyntaxError` about an answer is the service's.
 */
export function toDependencyError(dependency: Dependency, operation: string, error: unknown): Error {
  const { name, message, $metadata, $response } = (error ?? {}) as {
    name?: string;
    message?: string;
    $metadata?: { httpStatusCode?: number };
    $response?: unknown;
  };
  const isAnswer = $metadata !== undefined || $response !== undefined;
  const isBug = error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
  if (isBug && !isAnswer) return error;
  const failure = failureOf(name ?? '', $metadata?.httpStatusCode);
  return new DependencyError(
    dependency,
    failure,
    `${operation}: ${name ?? 'error'}: ${message ?? ''}`.slice(0, 300),
    error,
  );
}

function failureOf(name: string, status: number | undefined): DependencyFailure {
  if (THROTTLED.has(name) || status === 429) return 'throttled';
  return status !== undefined && status >= 400 && status < 500 ? 'refused' : 'unavailable';
}
