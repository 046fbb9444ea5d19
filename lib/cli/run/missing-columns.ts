import type { StandardSchema } from '#core/pipeline/standard-schema.ts';
import type { EventFile } from '../read-events/input-event.ts';

/**
 * Says which columns a table-like file lacks that every event needs, judged by its first event; `undefined` where it
 * has them all, or has no columns.
 */
export async function missingColumns(
  file: EventFile,
  schema: StandardSchema,
  pipeline: string,
): Promise<string | undefined> {
  if (file.columns === undefined) return undefined;
  for await (const [first] of file.batches()) {
    if (first?.kind !== 'event') return undefined;
    const { issues = [] } = await schema['~standard'].validate(first.value);
    const fields = issues.map(({ path }) => fieldName(path?.[0])).filter((field) => field !== undefined);
    const missing = [...new Set(fields)].filter((field) => !file.columns?.includes(field));
    if (missing.length === 0) return undefined;
    return (
      `${file.path} has no column ${missing.join(', ')}, which every event of ${pipeline} needs; it has ` +
      `${file.columns.filter((column) => column !== '').join(', ')}. So its events are set aside.`
    );
  }
  return undefined;
}

function fieldName(segment: PropertyKey | { readonly key: PropertyKey } | undefined): string | undefined {
  const key = typeof segment === 'object' ? segment.key : segment;
  return typeof key === 'string' ? key : undefined;
}
