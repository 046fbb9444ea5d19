import { statfsSync } from 'node:fs';

/** The share of the space in `/tmp` that is used: 0 to 1; `undefined` where there is no such place. */
export function tmpShare(): number | undefined {
  try {
    const { bavail, bfree, blocks } = statfsSync('/tmp');
    const used = blocks - bfree;
    return used + bavail === 0 ? undefined : used / (used + bavail);
  } catch {
    return undefined;
  }
}
