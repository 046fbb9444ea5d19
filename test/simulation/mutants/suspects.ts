import { WarmCache } from '#app/aggregate/warm-cache.ts';
import type { Mutant } from './mutant.ts';
import { writingHeads } from './seen-heads.ts';

/** A cache without a memory of what was begun. */
class ForgetfulCache extends WarmCache {
  override begun(): undefined {
    return undefined;
  }
}

/** A cache that takes everything that was begun for something that was come back from. */
class TrustingCache extends WarmCache {
  override dropBegun(): void {}
}

/** Wrong counts of what the function did not come back from. */
export const SUSPECT_MUTANTS: readonly Mutant[] = [
  {
    name: 'suspect-never-counted',
    breaks: 'before an event that may kill the function, the head says that it is begun',
    environment: (parts) => writingHeads(parts, (head) => ({ ...head, suspect: null })),
  },
  {
    name: 'suspect-never-taken-back',
    breaks: 'an invocation that comes back in good order takes back that it has begun an event',
    environment: (parts) =>
      writingHeads(parts, (head, last) => {
        if (last?.suspect == null || last.position !== head.position) return head;
        const isSame = head.suspect === null || head.suspect.event === last.suspect.event;
        return isSame && (head.suspect?.attempts ?? 0) < last.suspect.attempts ? undefined : head;
      }),
  },
  {
    name: 'environment-forgets-what-it-began',
    breaks: 'an environment that could not take back an attempt does not count it again',
    environment: (parts) => ({ ...parts, cache: new ForgetfulCache() }),
  },
  {
    name: 'crashes-not-limited',
    breaks: 'more deaths in an hour than poison explains reject nothing',
    environment: (parts) => writingHeads(parts, (head) => ({ ...head, crashes: null })),
  },
  {
    name: 'exception-taken-for-good-order',
    breaks: 'an environment that has thrown an exception has not come back from what it began',
    environment: (parts) => ({ ...parts, cache: new TrustingCache() }),
  },
  {
    name: 'every-record-suspected-once',
    breaks: 'an event is rejected as crashed after several attempts, of which none came back',
    environment: (parts) =>
      writingHeads(parts, (head) =>
        head.suspect === null ? head : { ...head, suspect: { ...head.suspect, attempts: 9 } },
      ),
  },
];
