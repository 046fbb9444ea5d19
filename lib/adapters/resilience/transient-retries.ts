import { StandardRetryStrategy } from '@smithy/core/retry';

/**
 * One quick second attempt by the SDK, which hides a connection that the other side had closed while it was idle, or a
 * single server that fails. Any more of it would be load on a service in trouble, times all that are in the same
 * trouble; and the batch comes again anyway.
 */
const ATTEMPTS_MAX = 2;

/** The SDK's standard retries, but for throttled calls: these are paced in one place only, by `AdaptiveLimit`. */
export class TransientRetries extends StandardRetryStrategy {
  constructor() {
    super(ATTEMPTS_MAX);
  }

  override refreshRetryTokenForRetry(
    ...[token, info]: Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>
  ): ReturnType<StandardRetryStrategy['refreshRetryTokenForRetry']> {
    if (info.errorType === 'THROTTLING') return Promise.reject(new Error('throttled: the caller waits'));
    return super.refreshRetryTokenForRetry(token, info);
  }
}
