import { describe, expect, test } from 'vitest';
import { toDependencyError } from '#adapters/dependency-error.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';

/** An error as the SDK makes it of a service's answer. */
function answered(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error('said the service'), { name, $metadata: { httpStatusCode } });
}

describe('an SDK call’s error', () => {
  test.each<[string, unknown, string]>([
    ['asked too often', answered('ProvisionedThroughputExceededException', 400), 'throttled'],
    ['asked too often, by its status', answered('Whatever', 429), 'throttled'],
    ['asked too often, of S3', answered('SlowDown', 503), 'throttled'],
    ['refused', answered('ValidationException', 400), 'refused'],
    ['not allowed', answered('AccessDeniedException', 403), 'refused'],
    ['no such table', answered('ResourceNotFoundException', 400), 'refused'],
    ['the service’s fault', answered('InternalServerError', 500), 'unavailable'],
    [
      'no connection',
      Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
      'unavailable',
    ],
    ['no answer in time', Object.assign(new Error('timed out'), { name: 'TimeoutError' }), 'unavailable'],
    ['no credentials', Object.assign(new Error('none'), { name: 'CredentialsProviderError' }), 'unavailable'],
    ['an answer that is no JSON', Object.assign(new SyntaxError('<html>'), { $response: {} }), 'unavailable'],
    ['what is no error', 'lost', 'unavailable'],
    ['nothing', undefined, 'unavailable'],
  ])('%s', (_, error, failure) => {
    const translated = toDependencyError('table', 'PutItem', error);
    expect(translated).toBeInstanceOf(DependencyError);
    expect(translated).toMatchObject({ dependency: 'table', failure, cause: error });
    expect(translated.message).toMatch(new RegExp(`^table ${failure}: PutItem: `));
  });

  test('says what was found, in at most so many words', () => {
    expect(toDependencyError('stream', 'X', answered('Oops', 500)).message).toBe(
      'stream unavailable: X: Oops: said the service',
    );
    expect(toDependencyError('table', 'X', new Error('y'.repeat(10_000))).message.length).toBeLessThan(400);
  });

  test.each([
    [new TypeError('x is not a function')],
    [new RangeError('stack')],
    [new SyntaxError('in code')],
  ])('that is a bug of ours stays what it is: %s', (bug) => {
    expect(toDependencyError('table', 'PutItem', bug)).toBe(bug);
  });
});
