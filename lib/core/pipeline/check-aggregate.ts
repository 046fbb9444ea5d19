import type { DurationMs } from '#core/brand.ts';
import { METRIC_KINDS } from '#core/metrics/metric-kinds.ts';
import {
  checkDuration,
  checkEntries,
  checkOptions,
  isObject,
  type Report,
  show,
  textOf,
} from './definition-checks.ts';
import { generationOf } from './generation.ts';
import type { Aggregate, Metric } from './pipeline.ts';

const WINDOW_MS_MIN = 1000;
const WINDOW_MS_MAX = 366 * 86_400_000;
const GROUPS_DEFAULT = 10_000;
const GROUPS_MAX = 100_000;
const METRICS_MAX = 50;
const GROUP_FIELDS_MAX = 10;

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/** What an answer's rows have beside the metrics. */
const RESERVED_METRICS = new Set(['group', 'windowStart', 'windowEnd']);

/** One aggregate of a definition, checked; none where it is none. `fields` are those of the schema, where it tells them. */
export function checkAggregate(
  name: string,
  given: unknown,
  fields: ReadonlySet<string> | undefined,
  report: Report,
): Aggregate[] {
  const place = `aggregates.${name}`;
  checkName(name, place, report);
  if (!isObject(given)) {
    report(place, 'is no object; give groupBy, window and metrics');
    return [];
  }
  checkOptions(given, ['groupBy', 'window', 'metrics', 'groups'], place, report);
  const groupBy = checkGroupBy(given.groupBy, fields, `${place}.groupBy`, report);
  const metrics = checkEntries(given.metrics, `${place}.metrics`, METRICS_MAX, report).map(([metric, spec]) =>
    checkMetric(metric, spec, fields, `${place}.metrics.${metric}`, report),
  );
  const window = {
    type: 'tumbling',
    sizeMs: checkWindow(given.window, `${place}.window`, report),
  } as const;
  const groupsMax = checkGroups(given.groups ?? GROUPS_DEFAULT, `${place}.groups`, report);
  const generation = generationOf(groupBy, window, metrics);
  return [{ name, groupBy, window, metrics, groupsMax, generation }];
}

function checkGroupBy(
  groupBy: unknown,
  fields: ReadonlySet<string> | undefined,
  place: string,
  report: Report,
): string[] {
  if (!Array.isArray(groupBy)) {
    report(place, "is no list; give field names, e.g. ['origin'], or []");
    return [];
  }
  if (groupBy.length > GROUP_FIELDS_MAX) {
    report(place, `has ${groupBy.length} fields; the most is ${GROUP_FIELDS_MAX}`);
  }
  if (new Set(groupBy).size < groupBy.length) report(place, 'names a field twice; name each once');
  return groupBy.map((field, i) => checkField(field, fields, `${place}[${i}]`, report));
}

function checkMetric(
  name: string,
  given: unknown,
  fields: ReadonlySet<string> | undefined,
  place: string,
  report: Report,
): Metric {
  checkName(name, place, report);
  if (RESERVED_METRICS.has(name)) {
    report(place, 'has a name that answers use for something else; choose another');
  }
  const { kind: kindName, field, where } = isObject(given) ? given : {};
  const kind = METRIC_KINDS.get(textOf(kindName));
  if (kind === undefined) {
    const known = [...METRIC_KINDS.keys()].map((each) => `${each}(…)`);
    report(place, `is no metric; give one of ${known.join(', ')}`);
  }
  if (where !== undefined && typeof where !== 'function') {
    report(`${place}.where`, 'is no function; give one from an event to true or false');
  }
  return {
    name,
    kind: textOf(kindName),
    field: kind?.input === 'number' ? checkField(field, fields, place, report) : undefined,
    where: where as Metric['where'],
  };
}

function checkWindow(window: unknown, place: string, report: Report): DurationMs {
  const { type, size } = isObject(window) ? window : {};
  if (type !== 'tumbling') {
    report(place, "is no window; give tumbling('1h')");
    return 0 as DurationMs;
  }
  return checkDuration(size, place, report, WINDOW_MS_MIN, WINDOW_MS_MAX);
}

function checkGroups(groups: unknown, place: string, report: Report): number {
  if (typeof groups === 'number' && Number.isInteger(groups) && groups >= 1 && groups <= GROUPS_MAX)
    return groups;
  report(place, `is ${show(groups)}; give a whole number from 1 to ${GROUPS_MAX.toLocaleString('en')}`);
  return GROUPS_DEFAULT;
}

function checkName(name: string, place: string, report: Report): void {
  if (NAME.test(name)) return;
  report(place, `has the name ${show(name)}; use 1 to 64 letters, digits and '_', beginning with a letter`);
}

function checkField(
  field: unknown,
  fields: ReadonlySet<string> | undefined,
  place: string,
  report: Report,
): string {
  if (typeof field !== 'string') {
    report(place, `names ${show(field)} as a field; give a field's name, as text`);
  } else if (fields !== undefined && !fields.has(field)) {
    report(
      place,
      `names the field ${show(field)}, which the schema does not have; it has ${[...fields].join(', ')}`,
    );
  }
  return textOf(field);
}
