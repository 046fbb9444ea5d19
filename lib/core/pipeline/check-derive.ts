import { checkName } from './check-name.ts';
import { checkEntries, type Report } from './definition-checks.ts';
import type { Derivation } from './pipeline.ts';

const DERIVED_MAX = 50;

/** The derived fields of a definition, checked. `fields` are those of the schema, where it tells them. */
export function checkDerive(
  given: unknown,
  fields: ReadonlySet<string> | undefined,
  report: Report,
): Derivation[] {
  if (given === undefined) return [];
  return checkEntries(given, 'derive', DERIVED_MAX, report).map(([name, compute]) => {
    const place = `derive.${name}`;
    checkName(name, place, report);
    if (fields?.has(name)) report(place, 'has the name of a field of the schema; choose another');
    if (typeof compute !== 'function') {
      report(place, 'is no function; give one from an event to a string, number, boolean or null');
    }
    return { name, compute: compute as Derivation['compute'] };
  });
}
