import { isObject, type Report, show } from './definition-checks.ts';
import type { Aggregate, Capacity, EventCosts } from './pipeline.ts';

/** More than any shard can bring: 1 MB of events of one byte. */
const PER_SECOND_MAX = 1_048_576;
const FORMS = '{ eventsPerSecond: 2000 } or { bytesPerSecond: 500_000 }';
const COSTS = ['reducedCost', 'heldCost'] as const;

/** A pipeline's `capacity`, checked; `null` where there is none. */
export function checkCapacity(given: unknown, report: Report): Capacity | null {
  if (given === undefined) return null;
  const isCost = ([name]: readonly [string, unknown]) => COSTS.some((cost) => cost === name);
  const entries = isObject(given) ? Object.entries(given) : [];
  const [[unit, perSecond] = [], ...others] = entries.filter((entry) => !isCost(entry));
  if ((unit !== 'eventsPerSecond' && unit !== 'bytesPerSecond') || others.length > 0) {
    report('capacity', `is ${show(given)}; give ${FORMS}, of one shard`);
    return null;
  }
  if (!(typeof perSecond === 'number' && perSecond > 0 && perSecond <= PER_SECOND_MAX)) {
    report(
      `capacity.${unit}`,
      `is ${show(perSecond)}; give a number above 0, up to ${PER_SECOND_MAX.toLocaleString('en')}, which no shard exceeds`,
    );
    return null;
  }
  const costs = checkCosts(entries.filter(isCost), report);
  return unit === 'eventsPerSecond'
    ? { eventsPerSecond: perSecond, ...costs }
    : { bytesPerSecond: perSecond, ...costs };
}

function checkCosts(given: readonly (readonly [string, unknown])[], report: Report): EventCosts {
  for (const [name, cost] of given) {
    if (typeof cost === 'number' && cost >= 0 && cost <= 1) continue;
    report(
      `capacity.${name}`,
      `is ${show(cost)}; give a number from 0 to 1, as a part of what an event costs of which nothing is left out`,
    );
  }
  return Object.fromEntries(given) as EventCosts;
}

/** Whether what is left out under overload, and when, is said in full: one is of no use without the other. */
export function checkLadder(
  capacity: Capacity | null,
  priority: unknown,
  aggregates: readonly Aggregate[],
  report: Report,
): void {
  if (priority !== undefined && typeof priority !== 'function') {
    report('priority', "is no function; give one from an event to 'low' or 'normal'");
  }
  const metrics = aggregates.flatMap((aggregate) => aggregate.metrics);
  const marks = priority !== undefined || metrics.some(({ essential }) => essential);
  if (marks && capacity === null) {
    report(
      'capacity',
      `is not declared, and without it nothing is ever left out, essential or not; give ${FORMS}, of one shard`,
    );
  }
  if (!marks && capacity !== null) {
    report(
      'capacity',
      'is declared, but nothing may be left out beyond it; mark metrics that must stay exact, e.g. count({ essential: true }), or give a priority',
    );
  }
}
