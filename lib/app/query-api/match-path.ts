import { QUERY_PATHS } from '#contracts/query-api.ts';

type QueryPath = (typeof QUERY_PATHS)[keyof typeof QUERY_PATHS];
type NamedPath = Extract<QueryPath, `${string}{name}${string}`>;

/** Which of the API's paths was asked for, and the aggregate's name where it has one. */
export type PathMatch =
  | { readonly path: Exclude<QueryPath, NamedPath> }
  | { readonly path: NamedPath; readonly name: string };

const PLACEHOLDER = '{name}';

/** Finds a path's template; `undefined` where there is none. Names of aggregates need no escapes. */
export function matchPath(path: string): PathMatch | undefined {
  for (const template of Object.values(QUERY_PATHS)) {
    if (!isNamed(template)) {
      if (template === path) return { path: template };
      continue;
    }
    const [before = '', after = ''] = template.split(PLACEHOLDER);
    const name = path.slice(before.length, path.length - after.length);
    const isMatch = path.startsWith(before) && path.endsWith(after) && name !== '' && !name.includes('/');
    if (isMatch && path.length > before.length + after.length) return { path: template, name };
  }
  return undefined;
}

function isNamed(template: QueryPath): template is NamedPath {
  return template.includes(PLACEHOLDER);
}
