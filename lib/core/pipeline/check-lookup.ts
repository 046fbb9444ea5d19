import { checkField } from './check-field.ts';
import { checkName } from './check-name.ts';
import {
  checkCount,
  checkDuration,
  checkEntries,
  checkOptions,
  isObject,
  type Loose,
  type Report,
  show,
  textOf,
} from './definition-checks.ts';
import type { LookedUp, Lookup, LookupField } from './pipeline.ts';

const LOOKUPS_MAX = 10;
const FIELDS_MAX = 50;
const TTL_MS_MIN = 1000;
const AGE_MS_MAX = 7 * 86_400_000;
const STALE_MS_DEFAULT = 3_600_000;
const ENTRIES_DEFAULT = 10_000;
const ENTRIES_MAX = 1_000_000;

const OPTIONS = [
  'table',
  'key',
  'tableKey',
  'fields',
  'ttl',
  'staleMax',
  'cacheMax',
  'whenMissing',
  'whenDown',
  'localFile',
];
/** As DynamoDB has them. */
const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;

/**
 * The lookups of a definition, checked. `fields` are all that events have before them, where the schema tells;
 * `derived` those of them that are derived.
 */
export function checkLookups(
  given: unknown,
  fields: ReadonlySet<string> | undefined,
  derived: readonly string[],
  report: Report,
): Lookup[] {
  if (given === undefined) return [];
  const names = new Set([...(fields ?? []), ...derived]);
  return checkEntries(given, 'lookup', LOOKUPS_MAX, report).flatMap(([name, spec]) => {
    const place = `lookup.${name}`;
    // The names of its fields would be bad, too.
    if (!checkName(name, place, report)) return [];
    if (!isObject(spec)) {
      report(place, 'is no object; give table, key and fields');
      return [];
    }
    checkOptions(spec, OPTIONS, place, report);
    const lookup = checkLookup(name, spec, fields, place, report);
    for (const field of lookup.fields) {
      if (names.has(field.name)) {
        const where = `${place}.fields.${field.attribute}`;
        report(where, `becomes the field '${field.name}', which events have already; rename the lookup`);
      }
      names.add(field.name);
    }
    return [lookup];
  });
}

function checkLookup(
  name: string,
  spec: Loose,
  eventFields: ReadonlySet<string> | undefined,
  place: string,
  report: Report,
): Lookup {
  const table = textOf(spec.table);
  if (!TABLE_NAME.test(table)) {
    report(
      `${place}.table`,
      `is ${show(spec.table)}; give a DynamoDB table's name, 3 to 255 letters, digits, '_', '-' and '.'`,
    );
  }
  const key = checkField(spec.key, eventFields, `${place}.key`, report);
  const fields = checkFields(name, spec.fields, `${place}.fields`, report);
  const ttlMs = checkDuration(spec.ttl ?? '10m', `${place}.ttl`, report, TTL_MS_MIN, AGE_MS_MAX);
  const staleMaxMs =
    spec.staleMax === undefined
      ? Math.max(STALE_MS_DEFAULT, ttlMs)
      : checkDuration(spec.staleMax, `${place}.staleMax`, report, ttlMs, AGE_MS_MAX);
  const entriesMax = checkCount(spec.cacheMax ?? ENTRIES_DEFAULT, ENTRIES_MAX, `${place}.cacheMax`, report);
  const { whenMissing = 'null', whenDown = 'wait' } = spec;
  return {
    name,
    table,
    tableKey: checkText(spec.tableKey ?? key, `${place}.tableKey`, "name the table's partition key", report),
    key,
    fields,
    ttlMs,
    staleMaxMs,
    entriesMax,
    whenMissing:
      whenMissing === 'reject'
        ? whenMissing
        : checkDefaults(
            whenMissing === 'null' ? {} : whenMissing,
            fields,
            `${place}.whenMissing`,
            "'null', 'reject'",
            report,
          ),
    whenDown:
      whenDown === 'wait' ? whenDown : checkDefaults(whenDown, fields, `${place}.whenDown`, "'wait'", report),
    localFile:
      spec.localFile === undefined
        ? undefined
        : checkText(spec.localFile, `${place}.localFile`, "give a file's path", report),
  };
}

function checkFields(lookup: string, given: unknown, place: string, report: Report): LookupField[] {
  return checkEntries(given, place, FIELDS_MAX, report).map(([attribute, type]) => {
    const name = `${lookup}_${attribute}`;
    checkName(name, `${place}.${attribute}`, report);
    if (type !== 'string' && type !== 'number' && type !== 'boolean') {
      report(
        `${place}.${attribute}`,
        `is ${show(type)}; give what it holds: 'string', 'number' or 'boolean'`,
      );
      return { attribute, name, type: 'string' };
    }
    return { attribute, name, type };
  });
}

/** Values to use in place of an entry's, by the names that events have them by; null where none is given. */
function checkDefaults(
  given: unknown,
  fields: readonly LookupField[],
  place: string,
  words: string,
  report: Report,
): LookedUp {
  const values = Object.fromEntries(fields.map(({ name }) => [name, null as LookedUp[string]]));
  if (!isObject(given)) {
    report(place, `is ${show(given)}; give ${words} or an object with values of the fields`);
    return values;
  }
  for (const [attribute, value] of Object.entries(given)) {
    const field = fields.find((each) => each.attribute === attribute);
    if (field === undefined) {
      const known = fields.map((each) => each.attribute);
      report(`${place}.${attribute}`, `is none of the fields looked up; there are ${known.join(', ')}`);
    } else if (!isOfType(value, field.type)) {
      report(
        `${place}.${attribute}`,
        `is ${show(value)}; the field holds a ${field.type}: give one, or null`,
      );
    } else {
      values[field.name] = value;
    }
  }
  return values;
}

function isOfType(value: unknown, type: LookupField['type']): value is LookedUp[string] {
  return value === null || (typeof value === type && (type !== 'number' || Number.isFinite(value)));
}

function checkText(value: unknown, place: string, remedy: string, report: Report): string {
  if (typeof value !== 'string' || value === '') report(place, `is ${show(value)}; ${remedy}, as text`);
  return textOf(value);
}
