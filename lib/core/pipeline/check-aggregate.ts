import type { MetricKind } from '#core/metrics/metric-kind.ts';
import { explainParams, kindNamed, kindNames, kindText } from '#core/metrics/metric-kinds.ts';
import { checkField } from './check-field.ts';
import { checkName } from './check-name.ts';
import { checkWindow } from './check-window.ts';
import { checkEntries, checkOptions, isObject, type Report, show, textOf } from './definition-checks.ts';
import { generationOf } from './generation.ts';
import type { Aggregate, Metric } from './pipeline.ts';

const GROUPS_DEFAULT = 10_000;
const GROUPS_MAX = 100_000;
const METRICS_MAX = 50;
const GROUP_FIELDS_MAX = 10;

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
  checkOptions(given, ['groupBy', 'where', 'window', 'metrics', 'groups'], place, report);
  const where = checkWhere(given.where, place, report);
  const groupBy = checkGroupBy(given.groupBy, fields, `${place}.groupBy`, report);
  const metrics = checkEntries(given.metrics, `${place}.metrics`, METRICS_MAX, report).map(([metric, spec]) =>
    checkMetric(metric, spec, fields, `${place}.metrics.${metric}`, report),
  );
  const { window, levels } = checkWindow(given.window, `${place}.window`, report);
  const groupsMax = checkGroups(given.groups ?? GROUPS_DEFAULT, `${place}.groups`, report);
  const generation = generationOf(groupBy, where !== undefined, window, metrics);
  return [
    { name, groupBy, ...(where !== undefined && { where }), window, levels, metrics, groupsMax, generation },
  ];
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
  const { essential, kind: kindName, field, by, where, params } = isObject(given) ? given : {};
  const kind = kindNamed(textOf(kindName));
  if (kind === undefined) {
    const known = kindNames().map((each) => `${each}(…)`);
    report(place, `is no metric; give one of ${known.join(', ')}`);
  }
  if (essential !== undefined && typeof essential !== 'boolean') {
    report(`${place}.essential`, `is ${show(essential)}; give true or false`);
  }
  return {
    name,
    kind: kind === undefined ? '' : kindText(kind.kind, checkParams(kind, params, place, report)),
    field:
      kind === undefined || kind.input === 'nothing' ? undefined : checkField(field, fields, place, report),
    ...(kind?.isRanked && { by: checkField(by, fields, `${place}.by`, report) }),
    where: checkWhere(where, place, report),
    essential: essential === true,
  };
}

function checkWhere(where: unknown, place: string, report: Report): Metric['where'] {
  if (where !== undefined && typeof where !== 'function') {
    report(`${place}.where`, 'is no function; give one from an event to true or false');
  }
  return where as Metric['where'];
}

function checkParams(kind: MetricKind, params: unknown, place: string, report: Report): number[] {
  const given: unknown[] = Array.isArray(params) ? params : params === undefined ? [] : [params];
  const bad = given.find((param) => typeof param !== 'number');
  if (bad !== undefined || given.includes(undefined)) {
    report(place, `has the parameter ${show(bad)}; give finite numbers`);
    return [];
  }
  const problem = explainParams(kind, given as number[]);
  if (problem !== undefined) report(place, problem);
  return given as number[];
}

function checkGroups(groups: unknown, place: string, report: Report): number {
  if (typeof groups === 'number' && Number.isInteger(groups) && groups >= 1 && groups <= GROUPS_MAX)
    return groups;
  report(place, `is ${show(groups)}; give a whole number from 1 to ${GROUPS_MAX.toLocaleString('en')}`);
  return GROUPS_DEFAULT;
}
