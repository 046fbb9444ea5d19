import { fileURLToPath } from 'node:url';

/** The checkout that this code is in, with a slash at the end. */
export const REPOSITORY_ROOT = fileURLToPath(new URL('../../', import.meta.url));
