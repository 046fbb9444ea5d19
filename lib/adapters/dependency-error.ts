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
  const { name, message, $metadata } = (error ?? {}) as SdkError;
  if (error instanceof DependencyError || isBug(error)) return error;
  const failure = failureOf(name ?? '', $metadata?.httpStatusCode);
  return new DependencyError(
    dependency,
    failure,
    `${operation}: ${name ?? 'error'}: ${message ?? ''}`.slice(0, 300),
    error,
  );
}

/** What an SDK call's error, or that of a call which was not made, says of the service; `undefined` for a bug. */
export function failureOfCall(error: unknown): DependencyFailure | undefined {
  if (error instanceof DependencyError) return error.failure;
  if (isBug(error)) return undefined;
  const { name, $metadata } = (error ?? {}) as SdkError;
  return failureOf(name ?? '', $metadata?.httpStatusCode);
}

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: unknown;
}

function isBug(error: unknown): error is Error {
  const { $metadata, $response } = (error ?? {}) as SdkError;
  if ($metadata !== undefined || $response !== undefined) return false;
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}

function failureOf(name: string, status: number | undefined): DependencyFailure {
  if (THROTTLED.has(name) || status === 429) return 'throttled';
  return status !== undefined && status >= 400 && status < 500 ? 'refused' : 'unavailable';
}
