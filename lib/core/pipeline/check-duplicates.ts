import type { DurationMs } from '#core/brand.ts';
import { checkDuration, checkOptions, isObject, type Report, show } from './definition-checks.ts';
import type { Duplicates } from './pipeline.ts';

/** As `duplicates` in a definition has it. */
export interface DuplicatesSpec {
  /** How long after an event its copies may arrive and still not count; `10m` unless said, at most `1d`. */
  readonly within?: string;
}

const WITHIN = '10m';
/** The shard's clock goes by whole seconds. */
const SECOND_MS = 1000 as DurationMs;
const WITHIN_MS_MAX = 86_400_000;

/** How a definition tells copies of events, checked; `undefined` where it does not. */
export function checkDuplicates(eventId: unknown, given: unknown, report: Report): Duplicates | undefined {
  if (eventId === undefined && given === undefined) return undefined;
  if (eventId !== undefined && typeof eventId !== 'function') {
    report('eventId', "is no function; give one that takes an event's id from it, e.g. (event) => event.id");
  }
  if (given !== undefined && !isObject(given)) {
    report('duplicates', `is ${show(given)}; give how long copies are looked for, e.g. { within: '10m' }`);
  }
  const { within = WITHIN, ...others } = isObject(given) ? given : {};
  checkOptions({ within, ...others }, ['within'], 'duplicates', report);
  const withinMs = checkDuration(within, 'duplicates.within', report, SECOND_MS, WITHIN_MS_MAX);
  if (withinMs % SECOND_MS !== 0) report('duplicates.within', `is ${show(within)}; give whole seconds`);
  return { eventId: eventId as Duplicates['eventId'], withinMs };
}
