import { type Report, show, textOf } from './definition-checks.ts';

/** The name of a field that a definition refers to. `fields` are those that events have, where the schema tells. */
export function checkField(
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
