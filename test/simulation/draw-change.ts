import type { Fault } from './fault-kinds.ts';
import { Random } from './random.ts';

/** Which of two versions of the pipeline: the one that is there first, or the one that takes its place. */
export type Version = 0 | 1;
export const VERSIONS: readonly Version[] = [0, 1];

/** What a seed's deployment changes in the pipeline's definition. Times in milliseconds, since the start. */
export interface ChangePlan {
  /** Of `by_group`: a metric is added, removed, or means something else under its name. */
  readonly metric: 'none' | 'added' | 'removed' | 'other';
  /** The aggregate `extra` is added, or taken away. */
  readonly aggregate: 'none' | 'added' | 'removed';
  readonly extraWindowMs: number;
  /** From when on no environment of the old version takes a batch any more. */
  readonly overMs: number;
  /** When the function `close` is deployed: before the function `aggregate`, or after it. */
  readonly closeMs: number;
}

const MINUTE_MS = 60_000;
const CHANCE = 0.3;

/** From numbers of its own, so that seeds without it are as they would be if there were none. */
export function drawChange(
  seed: number,
  deploymentMs: number,
  without: ReadonlySet<Fault>,
): ChangePlan | undefined {
  const random = new Random(seed, 'change');
  if (!random.chance(CHANCE) || without.has('definition_changed')) return undefined;
  const metric = random.pick(['none', 'added', 'added', 'removed', 'other'] as const);
  const aggregate = random.pick(metric === 'none' ? CHANGED : (['none', ...CHANGED] as const));
  return {
    metric,
    aggregate,
    extraWindowMs: random.pick([2 * MINUTE_MS, 10 * MINUTE_MS]),
    overMs: deploymentMs + random.magnitude(1000, 15 * MINUTE_MS),
    closeMs: Math.max(0, deploymentMs + random.int(-2, random.pick([8, 40])) * MINUTE_MS),
  };
}

const CHANGED = ['added', 'removed'] as const;

/** Whether a version of the pipeline has the aggregate `extra`. */
export function hasExtra(change: ChangePlan | undefined, version: Version): boolean {
  return change?.aggregate === (version === 0 ? 'removed' : 'added');
}
