/**
 * The names of the fields of the events that a schema lets through, where it tells: zod objects have a `shape`,
 * valibot's have `entries`. `undefined` where it does not, or where there may be others: further fields that it lets
 * through, or what a transformation makes of them. The Standard Schema interface itself does not say.
 */
export function fieldsOfSchema(schema: unknown): ReadonlySet<string> | undefined {
  const { shape, entries, type, rest, pipe, def } = (schema ?? {}) as {
    readonly shape?: unknown;
    readonly entries?: unknown;
    readonly type?: unknown;
    readonly rest?: unknown;
    readonly pipe?: unknown;
    readonly def?: { readonly catchall?: { readonly def?: { readonly type?: unknown } } };
  };
  const catchall = def?.catchall?.def?.type;
  // zod's strictObject catches all others by `never`.
  if (catchall !== undefined && catchall !== 'never') return undefined;
  if (rest !== undefined || Array.isArray(pipe) || type === 'loose_object') return undefined;
  const fields = shape ?? entries;
  return typeof fields === 'object' && fields !== null ? new Set(Object.keys(fields)) : undefined;
}

/** The fields with others beside them; `undefined` where it is not known which there are. */
export function withFields(
  fields: ReadonlySet<string> | undefined,
  others: readonly string[],
): ReadonlySet<string> | undefined {
  return fields === undefined ? undefined : new Set([...fields, ...others]);
}
